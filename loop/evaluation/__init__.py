"""Evaluation of a trained network on a set of pictures: predictions, attribution, ablation."""
