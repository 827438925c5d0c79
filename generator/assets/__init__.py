"""The user's own models as shapes: their cards, and what is found in a model."""
