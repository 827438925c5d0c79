"""Render vehicles, see where a CNN looks, find what its data lacks, render just that, retrain, verify."""
