"""The report of a run: one HTML file that opens offline.

Where to find what the page shows, from its top to its end:

- `answer.headline`: its first sentence, the verdict; and the figures below it
- `answer`: the question and the answer in sentences, before any table
- `sections.accuracy`, `sections.alignment`: tables of accuracy and of where the network looks
- `sections.attribution`, `sections.faithfulness`: four questions about the maps; how faithful they are
- `sections.ablation`: predictions without the vehicle
- `sections.explorer`, `sections.heat_maps`, `sections.weak_slices`: every picture, and slices of them
- `sections.gallery`, `sections.added`: pictures of the weakest slices, and of what was added

`content` reads the run folder and compares before with after; `page` puts all of it into one template.
"""

from loop.report.run.page import write_report

__all__ = ["write_report"]
