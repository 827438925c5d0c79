"""Measurements that anyone can repeat; every figure goes to `results.json` beside this file.

Each module with a command says in its docstring what it measures, how to run it and what it needs; `make
help` lists them. `benchmarks.results` writes the file, `benchmarks.docs` puts its figures into the
documentation.
"""
