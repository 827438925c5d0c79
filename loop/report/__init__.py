"""Reports: one HTML file for a run, a study, a comparison or a benchmark; and sheets of maps."""
