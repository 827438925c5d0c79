"""Statistics: the one home of intervals, tests and measures of predictions.

arrays        types of arrays
bootstrap     resamples of pictures, means with percentile intervals
intervals     intervals without resampling (Wilson)
seeds         figures over several trainings, with intervals over seeds and pictures
significance  p values of slices and of paired changes, control of false discoveries
f1, calibration, auroc   measures of predictions, each under weights of resamples

All of it is deterministic: randomness comes from a seed that the caller gives, never from a clock or a
global generator. Where an exact distribution is at hand it is used instead of drawing. Measures under weights
take (B, N): how often each of N pictures is drawn in each of B resamples; so one set of resamples serves
several measures and several networks, whose figures are then paired.
"""
