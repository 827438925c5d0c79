"""Sections of a run's report, a module each: what is shown, as values for the templates in `loop.report`."""
