"""What a run folder holds, and the two things that several sections need of it.

- `settings`: the configuration, as far as reports read it
- `rounds`: `RoundContent`, one round: its pictures, scores and maps, what was decided and what was added
- `run`: `RunContent`, all rounds of a run and what they have in common
- `changes`: before against after on the same pictures
- `weak_slices`: the slices of the probe that a controller finds weak
"""
