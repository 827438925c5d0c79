"""Several networks on the same data, in one table."""
