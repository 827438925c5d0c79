"""Statistics: intervals, tests, and measures of predictions."""
