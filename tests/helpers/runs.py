"""Configurations of runs that are small in every part."""

from __future__ import annotations

from typing import Any

CYCLE = """# A cycle for tests: two shapes, two colours, two views at 32 px.
seed: 4
classes: {sedan: [sedan], bus: [bus]}
data:
  source: rendered
  image_size: 32
  rendered: &set
    {count: 20, shapes: [sedan, bus], colors: [r, y], angles: [20], views: [f, left], variants: 5}
network: {name: resnet18_narrow}
train: {epochs: 2, batch_size: 8, learning_rate: 0.01}
render: {size: 32, samples: 1, denoise: false}
scene: {environment: [studio, meadow], instances: 2}
probe: {render: {<<: *set, count: 24, variants: 4}}
holdout: {<<: *set, count: 24, variants: 4}
reinforce: {shapes: [sedan, bus], colors: [r, y], angles: [20], views: [f, left], variants: 5}
controller: {rounds: 1, budget: 6, slices: 1, min_n: 4, level: 0.99, margin: 0, score: p_true, prune: 1.0}
"""
"""YAML of a run that renders, trains, evaluates and reinforces in a minute."""

TWO_CLASSES: dict[str, Any] = {
    "classes": {"sedan": ["sedan"], "bus": ["bus"]},
    "data": {"rendered": {"count": 4, "shapes": ["sedan", "bus"]}},
    "probe": {"render": {"count": 4, "shapes": ["sedan", "bus"]}},
    "holdout": {"count": 4, "shapes": ["sedan", "bus"]},
    "reinforce": {"shapes": ["sedan", "bus"]},
}
"""The sections that every configuration of a run needs; the others have their defaults."""
