"""Allocators: where a controller spends its budget, given what its finder found.

The budget that an allocator is given is `controller.budget` less what `loop.controllers.decide.decide` holds
back first: the fraction `controller.explore`, which is spent on pictures of anything.

| allocator | spends |
|---|---|
| `even_fractions` | evenly on the slices |
| `broadened` | evenly, a fraction of it (`controller.broaden`) with one attribute left free |
| `remedies` | evenly; for a shortcut on the slices that break it |
| `by_chance` | on cells drawn in proportion to the square of their chance of a failure |
| `thompson` | on the slices whose gain is largest in random draws |
| `by_policy` | on cells, each attribute drawn by itself from the chances of its values |

`or_anything`, `oversampled` and `half_by_chance` build further ones out of these.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from analysis.slices.conjunctions import slice_name
from generator.planning.sampling import Where
from loop.config.controller import ControllerSettings
from loop.controllers.base import Allocator, Found, Observation, RenderRequest
from loop.controllers.cells import seen_together, skip_combinations
from loop.controllers.finders_diagnosis import neighbours
from loop.controllers.finders_learned import Floats, rng_after_learning, sample_values
from loop.controllers.finders_risk import decision_rng

POWER = 2.0
"""Exponent: cells are drawn in proportion to (chance of failure) ** POWER. 1 leaves most of the budget where
most cells are, a high one spends all of it on the worst cell."""
SIGNIFICANT = 0.5
"""Fraction of the budget for slices that are significantly weak, where there are any."""
TRIES = 100
"""Times that cells are drawn again in place of those that cannot be."""


def apportion(weights: Sequence[float], total: int) -> list[int]:
    """Whole numbers in proportion to the weights that add up to `total`: largest remainders, the first of
    equal ones. Equal parts where all weights are 0.

    >>> apportion([1, 1, 1], 10)
    [4, 3, 3]
    """
    scale = sum(weights) or len(weights)
    exact = [total * (weight if sum(weights) else 1.0) / scale for weight in weights]
    counts = [int(part) for part in exact]
    by_remainder = sorted(range(len(exact)), key=lambda i: (counts[i] - exact[i], i))
    for i in by_remainder[: total - sum(counts)]:
        counts[i] += 1
    return counts


def _evenly(number: int, total: int) -> list[int]:
    return apportion([1.0] * number, total)


def even_fractions(found: Sequence[Found], budget: int, observation: Observation) -> list[RenderRequest]:
    """The budget evenly on the slices."""
    counts = _evenly(len(found), budget)
    return [
        RenderRequest(one.where, count, one.reason) for one, count in zip(found, counts, strict=True) if count
    ]


def broadened(found: Sequence[Found], budget: int, observation: Observation) -> list[RenderRequest]:
    """The budget evenly on the slices; of each slice's pictures the fraction `controller.broaden` leaves one
    of its attributes free, for a network that sees a slice more often must not tie it to its class."""
    counts = _evenly(len(found), budget)
    requests: list[RenderRequest] = []
    for one, count in zip(found, counts, strict=True):
        requests += _around(one.where, count, one.reason, observation.settings)
    return [request for request in requests if request.count]


def remedies(found: Sequence[Found], budget: int, observation: Observation) -> list[RenderRequest]:
    """The budget evenly on the slices, `broadened`. Where data are missing, or the failure mode is unclear, a
    slice gets pictures of its own. Where the network takes a shortcut, its neighbours get them, half for the
    class without the cue and half for other classes with it, so that nothing but the vehicle tells the class.
    """
    requests: list[RenderRequest] = []
    for one, total in zip(found, _evenly(len(found), budget), strict=True):
        reason = one.reason
        groups = _remedy(one, observation)
        for slices, part in zip(groups, _evenly(len(groups), total), strict=True):
            for where, count in zip(slices, _evenly(len(slices), part), strict=True):
                requests += _around(where, count, reason, observation.settings)
    return [request for request in requests if request.count]


def _remedy(found: Found, observation: Observation) -> list[list[Where]]:
    """The slices to render, in groups of equal parts; those of a group in random order, for there may be more
    of them than pictures."""
    if found.diagnosis is None or found.diagnosis.kind != "shortcut":
        return [[found.where]]
    rng, seen = decision_rng(observation), seen_together(observation.pictures)
    groups = [list(filter(seen, group)) for group in neighbours(found.where, observation.pictures)]
    return [[group[i] for i in rng.permutation(len(group))] for group in groups if group]


def _around(where: Where, count: int, reason: str, settings: ControllerSettings) -> list[RenderRequest]:
    """Most of the pictures inside a slice, the fraction `broaden` with one of its attributes left free."""
    outside = round(settings.broaden * count)
    requests = [RenderRequest(where, count - outside, reason)]
    for free, some in zip(where, _evenly(len(where), outside), strict=True):
        parent = {name: value for name, value in where.items() if name != free}
        requests.append(RenderRequest(parent, some, f"{slice_name(where)} with {free} free"))
    return requests


def by_chance(found: Sequence[Found], budget: int, observation: Observation) -> list[RenderRequest]:
    """The budget on cells drawn in proportion to a power of their weight, the chance of a failure. What is
    less certain gets less."""
    if not found:
        return []
    rng = decision_rng(observation)
    # The finder drew from the same stream which cells to list, where there are very many.
    skip_combinations(observation.pictures[list(observation.attributes)], rng)
    chances = np.array([one.weight for one in found])
    worth = chances**POWER
    counts = rng.multinomial(budget, worth / worth.sum())
    drawn = sorted(np.flatnonzero(counts).tolist(), key=lambda i: (-counts[i], -chances[i], i))
    return [RenderRequest(found[i].where, int(counts[i]), found[i].reason, drawn=True) for i in drawn]


def thompson(found: Sequence[Found], budget: int, observation: Observation) -> list[RenderRequest]:
    """The budget in `controller.slices` equal parts; each goes to the slice whose gain is largest in a draw
    from the normal distribution of its `weight` and `deviation`."""
    if not found:
        return []
    mean, deviation = (np.array([getattr(one, name) for one in found]) for name in ("weight", "deviation"))
    rng = decision_rng(observation)
    drawn = [int(rng.normal(mean, deviation).argmax()) for _ in range(observation.settings.slices)]
    totals: Counter[int] = Counter()
    for index, count in zip(drawn, _evenly(len(drawn), budget), strict=True):
        totals[index] += count
    return [RenderRequest(found[i].where, count, found[i].reason) for i, count in totals.items() if count]


def by_policy(found: Sequence[Found], budget: int, observation: Observation) -> list[RenderRequest]:
    """The budget on cells whose values are drawn attribute by attribute, with the weights as chances; cells
    that cannot be are drawn again.

    Args:
        found: a slice for each value of each attribute.
    """
    chances, values = defaultdict[str, list[float]](list), defaultdict[str, list[str | int]](list)
    for one in found:
        ((name, value),) = one.where.items()
        chances[name].append(one.weight)
        values[name].append(value)

    def where_of_cell(cell: tuple[int, ...]) -> Where:
        return {name: known[i] for (name, known), i in zip(values.items(), cell, strict=True)}

    policy = {name: np.array(p) for name, p in chances.items()}
    counted = Counter(_drawn_cells(policy, where_of_cell, budget, observation))
    requests: list[RenderRequest] = []
    for cell, count in sorted(counted.items(), key=lambda item: (-item[1], item[0])):
        where = where_of_cell(cell)
        reason = f"{slice_name(where)}: drawn {count} times by the policy"
        requests.append(RenderRequest(where, count, reason, drawn=True))
    return requests


def _drawn_cells(
    policy: dict[str, Floats],
    where_of_cell: Callable[[tuple[int, ...]], Where],
    budget: int,
    observation: Observation,
) -> list[tuple[int, ...]]:
    """The budget's cells, as indices of values."""
    rng, seen = rng_after_learning(observation), seen_together(observation.pictures)
    found = list[tuple[int, ...]]()
    for _ in range(TRIES):
        if not (missing := budget - len(found)):
            break
        indices = sample_values(policy, rng, missing)
        cells = zip(*(indices[name].tolist() for name in policy), strict=True)
        found += [cell for cell in cells if seen(where_of_cell(cell))]
    return found


def or_anything(allocate: Allocator, reason: Callable[[ControllerSettings], str]) -> Allocator:
    """An allocator that, where nothing was found, spends the whole budget on anything if `controller.idle` is
    explore, and nothing if it is stop."""

    def allocated(found: Sequence[Found], budget: int, observation: Observation) -> list[RenderRequest]:
        settings = observation.settings
        if not found and settings.idle == "explore":
            return [RenderRequest({}, budget, f"{reason(settings)}: anywhere")]
        return allocate(found, budget, observation)

    return allocated


def oversampled(allocate: Allocator) -> Allocator:
    """An allocator of the same requests, of pictures that are there already."""

    def allocated(found: Sequence[Found], budget: int, observation: Observation) -> list[RenderRequest]:
        return [replace(one, oversampled=True) for one in allocate(found, budget, observation)]

    return allocated


def half_by_chance(slices: Allocator, cells: Allocator) -> Allocator:
    """An allocator of half of the budget on slices that are significantly weak and of the rest on cells.

    A small slice has few cells, and chance may pass them by: where it is significant it gets its part. A wide
    one that is only a little below the rest is never significant: it gets its part of what is drawn. Where no
    slice is significantly weak all of the budget is drawn.
    """

    def allocated(found: Sequence[Found], budget: int, observation: Observation) -> list[RenderRequest]:
        weak = [one for one in found if not one.cell]
        first = slices(weak, int(SIGNIFICANT * budget), observation)
        rest = budget - sum(request.count for request in first)
        return [*first, *cells([one for one in found if one.cell], rest, observation)]

    return allocated
