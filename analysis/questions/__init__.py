"""What an evaluation answers: does misalignment predict failure, how methods, layers and networks differ."""
