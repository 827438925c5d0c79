"""Slices of attributes: which are weak, which changed, and why."""
