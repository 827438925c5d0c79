"""Users' own models as shapes: their asset cards, and what is found in a model."""
