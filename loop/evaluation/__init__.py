"""What a trained network does with a set of pictures, and where it looks."""
