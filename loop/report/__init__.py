"""Reports: one HTML file for a run, a study, a comparison or a benchmark; and sheets of maps.

- `run`: the report of a run, by parts of its page
- `study`, `comparison`, `slice_benchmark`: one page each, from `results.json`
- `explain`: sheets of maps of photographs
- `layout`: what all of them share
"""
