"""`make readme`: put the measured figures into README.md and docs/, between their markers.

Blocks, each ended by `<!-- end -->`:

- `<!-- figures: KEY KEY* … -->` is a table of those figures (`*` stands for any ending);
- `<!-- columns: KEY* : FIELD FIELD -->` has a column for each field that those figures hold besides;
  `<!-- columns: KEY* : FIELD | ROWS | VALUE -->` names the first two columns too;
- `<!-- slices: KEY -->` is the table of a figure's slices;
- `<!-- code: TABLE -->` is a table of `benchmarks.code_tables`, of the code as it is;
- `<!-- value: KEY -->` stands within a sentence: value, interval and unit. `<!-- value: KEY : FIELD -->` is
  another field of the figure, and `<!-- value: KEY : plain -->` the value without its interval.

The pages of the reference that are made from the code, `docs/reference/config.md` and `cli.md`, are written
by the same command.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from benchmarks.code_tables import TABLES
from benchmarks.results import in_words, read

ROOT = Path(__file__).parent.parent
ABSENT = "Not measured yet.\n"
BLOCK = re.compile(r"(<!-- (figures|slices|columns|code): ([^>]*?) -->\n).*?(<!-- end -->)", re.S)
VALUE = re.compile(r"(<!-- value: ([^>\n]*?) -->)[^<]*(<!-- end -->)")
PLAIN = "plain"
"""The field of a marker that is the value alone."""

Figure = dict[str, Any]

LABELS = {
    "demo_seconds": "`make demo` after set-up",
    "demo_planted_gain_points": "accuracy in the planted slices: gain",
    "demo_planted_accuracy_before": "accuracy in the planted slices: before",
    "demo_planted_accuracy_after": "accuracy in the planted slices: after",
    "demo_overall_gain_points": "accuracy on all pictures: gain",
    "demo_worse_slices": "slices that became significantly worse",
    "cifar10_seconds": "time of the whole run",
    "cifar10_test_change": "photographs, accuracy: change",
    "cifar10_holdout_change": "rendered holdout, accuracy: change",
    "cifar10_holdout_change_reinforced": "rendered holdout, accuracy in the reinforced slices: change",
    "cifar10_holdout_change_elsewhere": "rendered holdout, accuracy in all other slices: change",
    "recognised_worst_slice_224": "renders at 224 px, the worst slice of shape × view",
    "recognised_share_environments_224": "renders at 224 px, all environments",
    "recognised_share_plain_224": "renders at 224 px, plain environments",
    "recognised_share_photographs": "photographs of CIFAR-10's test set",
    "cam_five_stages_captum_ratio": "captum's LayerGradCam, one call for each of five stages, ResNet-50",
    "cam_five_stages_ratio_resnet50": "Grad-CAM and Grad-CAM++ at five stages, ResNet-50",
    "cam_five_stages_ratio_vgg16": "Grad-CAM and Grad-CAM++ at five stages, VGG16",
    "score_cost_share": "all bounded scores of a map over making the map",
    "verify_network_share": "fraction of an evaluation's time in the network (1,000 pictures, 112 px)",
    "verify_memory_growth": "memory of an evaluation after 10,000 pictures against 2,048: growth",
    "cycles_share_224px": "fraction of a picture's time in Cycles, 224 px, 32 samples",
    "fixed_ms_camera_move": "one picture of 16 px and one sample of which only the camera moved",
    "two_worker_scaling": "two one-thread workers against one, 500 pictures of 64 px",
    "memory_growth_2000_frames": "memory of a worker after 2,000 pictures against 200: growth",
    "train_throughput_ratio": "training speed against a bare PyTorch loop, ResNet-18 at 64 px",
    "study_sample_efficiency": "`weak+risk`: times fewer renders than `uniform`, by accuracy in the holes",
    "study_share_of_oracle_gain": "`weak+risk`: fraction of the oracle's gain in the holes",
    "study_worst_slice_gain_points": "`weak+risk`: worst slice over `uniform`",
    "study_harmed": "slices that any controller made significantly worse, over all runs",
    "study_decisions_repeated": "decisions that a second run from the cache repeated",
    "study_controller_time_share": "fraction of the rounds' time in which a controller decides, renders",
    "study_photographs_50_controller_time_share": "the same, 50 photographs a class",
    "controller_time_share": "the same, the demo's whole run",
}  # fmt: skip
"""Short labels of figures; others have what all figures of a table have in common taken away."""

HEADS = {
    "of_oracle": "of the oracle's gain, %",
    "times_fewer_renders": "times fewer renders",
    "planted_over_uniform": "holes, over uniform",
    "worst_slice_over_uniform": "worst slice, over uniform",
    "accuracy_over_uniform": "all pictures, over uniform",
    "harmed": "regressed slices",
    "test_reinforced": "both classes, %",
    "test_others": "other eight, %",
    "test_others_over_none": "other eight, over none",
    "test_accuracy_over_none": "all ten, over none",
    "test_auroc_over_none": "AUROC, over none",
    "test_calibration_error_over_none": "calibration error, over none",
    "test_reinforced_over_uniform": "both classes, over uniform",
    "test_others_over_uniform": "other eight, over uniform",
    "others_over_none": "other eight, over none",
    "all_over_none": "all ten, over none",
    "discovered": "recall",
    "false_share": "false fraction",
    "common": "excused",
    "solved_missing_data": "missing data solved",
    "solved_shortcut": "shortcuts solved",
    "solved_both": "both solved",
    "rival_frames_per_second": "plain script, frames per second",
    "speedup_with_our_settings": "speed-up over the script with our settings",
}
"""Headings of columns; other fields have their name with spaces."""

WORDS = {
    r"\bown, raised\b": "adjusted loss, adjusted logits",
    r", own\b": ", adjusted loss",
    r", raised\b": ", adjusted logits",
    r", thinned\b": ", pruned",
    r", hard\b": ", hard examples",
}
"""Names of arms in published results -> those of today."""


def main() -> None:
    results = read()
    for path in pages():
        path.write_text(filled(path.read_text(), results))
    for path, text in generated().items():
        path.write_text(text)


def pages() -> list[Path]:
    """All pages that may have markers: the README, and everything in docs/ and beside it."""
    beside = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md"]
    return [
        path for path in (*beside, *sorted((ROOT / "docs").rglob("*.md"))) if path not in generated_paths()
    ]


def generated_paths() -> tuple[Path, Path]:
    folder = ROOT / "docs" / "reference"
    return folder / "config.md", folder / "cli.md"


def generated() -> dict[Path, str]:
    """The pages of the reference as the code makes them now."""
    from renforce.reference import cli_page, config_page

    config, cli = generated_paths()
    return {config: config_page(), cli: cli_page()}


def filled(text: str, results: dict[str, Figure]) -> str:
    """The text with every block and value made anew from the results."""

    def block(match: re.Match[str]) -> str:
        if match[2] == "code":
            return match[1] + TABLES[match[3]]() + match[4]
        make = {"figures": figures, "slices": slices, "columns": columns}[match[2]]
        return match[1] + make(match[3].split(), results) + match[4]

    def value(match: re.Match[str]) -> str:
        return match[1] + value_of(match[2], results) + match[3]

    return VALUE.sub(value, BLOCK.sub(block, text))


def value_of(marker: str, results: dict[str, Figure]) -> str:
    """What a marker within a sentence stands for.

    Raises:
        KeyError: the figure does not hold the field that is asked for.
    """
    key, _, field = (word.strip() for word in marker.partition(" : "))
    if key not in results:
        return "not measured yet"
    if not field:
        return in_words(results[key])
    if field == PLAIN:
        return in_words({**results[key], "low": None})
    return _cell(results[key][field])


def matching(patterns: list[str], results: dict[str, Figure]) -> list[str]:
    return [key for pattern in patterns for key in results if fnmatchcase(key, pattern)]


def labels(keys: Sequence[str], results: dict[str, Figure]) -> list[str]:
    """What each row is, without what all rows have in common."""
    texts = [results[key]["what"].split() for key in keys]
    before, after = _alike(texts), _alike([text[::-1] for text in texts])
    found = []
    for key, words in zip(keys, texts, strict=True):
        text = " ".join(words[before : len(words) - after]).strip(" :,")
        for old, new in WORDS.items():
            text = re.sub(old, new, text)
        found.append(LABELS.get(key, text))
    return found


def _alike(texts: list[list[str]]) -> int:
    """With how many words all texts begin alike; none of a single text, and never with all of one."""
    most = min(len(text) for text in texts) - 1 if len(texts) > 1 else 0
    return next((i for i in range(most) if len({text[i] for text in texts}) > 1), most)


def figures(patterns: list[str], results: dict[str, Figure]) -> str:
    keys = matching(patterns, results)
    if not keys:
        return ABSENT
    rows = [
        f"| {label} | {in_words(results[key])} | {results[key]['n']} |\n"
        for key, label in zip(keys, labels(keys, results), strict=True)
    ]
    return "| figure | value [95 %] | n |\n|---|---|---|\n" + "".join(rows) + machines(keys, results)


def machines(keys: list[str], results: dict[str, Figure]) -> str:
    """On what and when figures were measured, as the last line of their table."""
    found = {machine_of(results[key]) for key in keys}
    return f"\n{'; '.join(sorted(found))}\n"


def machine_of(figure: Figure) -> str:
    machine = figure["machine"]
    cards = "".join(f", {name}" for name in machine.get("cards", ()))  # older figures are of processors
    return f"{machine['cores']} cores ({machine['processor']}){cards}, {figure['date']}"


def columns(words: list[str], results: dict[str, Figure]) -> str:
    """A row a figure: what it is, its value, and the fields named after the colon."""
    at = words.index(":")
    keys = matching(words[:at], results)
    if not keys:
        return ABSENT
    asked, *heads = " ".join(words[at + 1 :]).split(" | ")
    fields = asked.split()
    rows = [
        f"| {label} | {in_words(results[key])} | "
        + " | ".join(_cell(results[key].get(field)) for field in fields)
        + " |\n"
        for key, label in zip(keys, labels(keys, results), strict=True)
    ]
    first = heads or ["figure", "value [95 %]"]
    head = " | ".join([*first, *(HEADS.get(field, field.replace("_", " ")) for field in fields)])
    table = f"| {head} |\n|{'---|' * (len(fields) + 2)}\n" + "".join(rows)
    return table + machines(keys, results)


def _cell(value: float | str | None) -> str:
    """What a figure does not hold is left empty."""
    return value if isinstance(value, str) else "" if value is None else f"{value:.3g}"


def slices(keys: list[str], results: dict[str, Figure]) -> str:
    """Rows × columns of a figure's slices, each fraction with its n."""
    if keys[0] not in results:
        return ABSENT
    grid: dict[str, dict[str, list[float]]] = results[keys[0]]["slices"]
    columns = list(next(iter(grid.values())))
    rows = [
        f"| {name} | " + " | ".join(f"{row[c][0]:.0%} ({row[c][1]})" for c in columns) + " |\n"
        for name, row in grid.items()
    ]
    return f"| fraction (n) | {' | '.join(columns)} |\n|{'---|' * (len(columns) + 1)}\n" + "".join(rows)


if __name__ == "__main__":
    main()
