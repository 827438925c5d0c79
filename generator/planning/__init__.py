"""From attributes, ranges and a seed to the specs of a set: grids, samplers, sets and slices."""
