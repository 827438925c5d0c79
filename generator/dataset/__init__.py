"""A rendered set on disk: written, resumed, checked and read."""
