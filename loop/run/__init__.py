"""One run: evaluate, choose slices, render, retrain, evaluate."""
