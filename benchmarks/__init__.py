"""Measurements that anyone can run again; their results are `results.json` beside this file."""
