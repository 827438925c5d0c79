"""Scores of a map against a mask, a module a family; `analysis.alignment` lists and corrects them."""
