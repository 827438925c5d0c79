"""Train a network, evaluate it, decide what to render next, and train it again."""
