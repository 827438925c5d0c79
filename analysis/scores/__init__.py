"""Scores of a map against a mask, a module a family; `analysis.scores.alignment` lists and corrects them."""
