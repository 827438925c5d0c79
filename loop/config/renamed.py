"""Keys of configurations that have another name today, and how contents with the old names are read.

`RENAMED` is the one table of them. `modern` gives a content today's names, `former` the names that a run had
before: a study names folders by a hash over those.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from generator.errors import UserError

Tell = Callable[[str], None]
"""Takes one line for the user."""

ANY = "*"
"""Word of a path that stands for each key of a mapping, or each entry of a list."""


@dataclass(frozen=True)
class Renamed:
    """A key that has another name today, or other values."""

    old: str
    """Its former path, in words joined by dots."""
    new: str
    """Its path today, which differs in the last word alone."""
    values: tuple[tuple[Any, Any], ...] = ()
    """Former value and today's, where they differ; all others stay as they are."""

    @property
    def turned(self) -> Renamed:
        """From today's name back to the former one."""
        return Renamed(self.new, self.old, tuple((new, old) for old, new in self.values))

    def below(self, place: str) -> Renamed:
        """The same key inside of a longer content."""
        return replace(self, old=f"{place}.{self.old}", new=f"{place}.{self.new}")

    def value(self, found: Any) -> Any:
        for old, new in self.values:
            if type(found) is type(old) and found == old:
                return new
        return found


RENAMED = (
    Renamed("look", "attribution"),
    Renamed("data.test_share", "data.test_fraction"),
    Renamed("data.valid_share", "data.valid_fraction"),
    Renamed("data.rendered_share", "data.rendered_fraction"),
    Renamed("train.rendered_prior", "train.logit_adjusted_loss", (("own", True), ("equal", False))),
    Renamed("train.retrain_offset", "train.retrain_logit_adjustment"),
    Renamed("controller.arm", "controller.name"),
    Renamed("controller.thin", "controller.prune"),
    Renamed("controller.gate", "controller.on_regression", (("tell", "report"),)),
    Renamed("controller.beyond", "controller.broaden"),
    Renamed("controller.elsewhere", "controller.explore"),
    Renamed("controller.idle", "controller.idle", (("elsewhere", "explore"),)),
    Renamed("controller.difficulty", "controller.candidates"),
)
"""Of a run, and of whatever shares its sections."""

ADDED: Mapping[str, Mapping[str, Any]] = {
    "data": {"attributes": None, "leave_out": []},
    "network": {"classes": None},
    "train": {"body_learning_rate": None, "freeze": [], "freeze_batch_norm": False, "rendered_look": None},
}
"""Keys that came after runs had been made, by section -> their defaults, with which all is as before."""

OF_STUDIES = (Renamed("nothing", "control"), Renamed("best", "upper_bound"))
OF_SLICE_BENCHMARKS = (Renamed("most", "max_slices"),)

Table = tuple[tuple[Renamed, Renamed], ...]
"""Where a key lies in a content, and the key as users know it."""


def _at(*places: str) -> Table:
    """The keys of a run where a content holds such sections; at its top where the place is empty."""
    return tuple((entry.below(place) if place else entry, entry) for place in places for entry in RENAMED)


def _alone(entries: tuple[Renamed, ...]) -> Table:
    return tuple((entry, entry) for entry in entries)


def _recipes() -> Table:
    """Keys of `train` alone: network -> key."""
    inside = (
        (entry, entry.old.removeprefix("train."), entry.new.removeprefix("train.")) for entry in RENAMED
    )
    return tuple(
        (replace(entry, old=old, new=new).below(f"recipes.{ANY}"), entry)
        for entry, old, new in inside
        if old != entry.old
    )


TABLES: Mapping[str, Table] = {
    "LoopConfig": _at(""),
    "CompareConfig": (*_at("", f"variants.{ANY}"), *_recipes()),
    "StudyConfig": (*_alone(OF_STUDIES), *_at("run", f"arms.{ANY}")),
    "SliceBenchmarkConfig": (*_alone(OF_SLICE_BENCHMARKS), *_at("")),
}
"""Kind of configuration -> what was renamed in it."""


def modern(kind: type, content: Any, tell: Tell | None = None) -> Any:
    """A content with today's names and values in place of former ones; what is given stays as it is.

    Args:
        kind: of configuration, such as `LoopConfig`.
        tell: is given one line for each former name that is found, however often; None says nothing.

    Raises:
        UserError: a key stands under its former name and today's.

    >>> from loop.config.run import LoopConfig
    >>> modern(LoopConfig, {"look": {"layers": "last"}, "controller": {"idle": "elsewhere"}}, print)
    look: is now called attribution; the old name is still read
    controller.idle: 'elsewhere' is now called 'explore'; the old value is still read
    {'attribution': {'layers': 'last'}, 'controller': {'idle': 'explore'}}
    """
    lines: dict[str, str] = {}
    for entry, known in TABLES.get(kind.__name__, ()):
        found: list[tuple[Any, Any]] = []
        try:
            content = _renamed(content, entry.old, entry, found)
        except _BothError:
            both = f"{known.old}: is the former name of {known.new}, which is given too"
            raise UserError(f"{both}; leave {known.old} out") from None
        if found:
            lines.setdefault(known.old, _line(known, *found[0]))
    if tell is not None:
        for line in lines.values():
            tell(line)
    return content


def former(content: Any) -> Any:
    """The content of a run's configuration with the names and values that it had before they were renamed,
    and without keys that came later where they have their defaults.

    >>> former({"train": {"logit_adjusted_loss": True, "freeze": []}})
    {'train': {'rendered_prior': 'own'}}
    """
    for entry in RENAMED:
        content = _renamed(content, entry.new, entry.turned, [])
    return {section: _without_added(section, keys) for section, keys in content.items()}


def _without_added(section: str, keys: Any) -> Any:
    usual = ADDED.get(section)
    if usual is None:
        return keys
    return {key: value for key, value in keys.items() if key not in usual or value != usual[key]}


def _line(known: Renamed, old: Any, new: Any) -> str:
    if known.old == known.new:
        return f"{known.old}: {old!r} is now called {new!r}; the old value is still read"
    changed = "" if old is new else f", and {old!r} is {_yaml(new)}"
    return f"{known.old}: is now called {known.new}{changed}; the old name is still read"


def _yaml(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


class _BothError(Exception):
    """A key is given by its former name and by today's."""


def _renamed(content: Any, path: str, entry: Renamed, found: list[tuple[Any, Any]]) -> Any:
    """A content whose key at a path has its new name; keys may be joined by dots, as in the arms of a study.

    Mappings on the way are copied: other keys may share them, as aliases of YAML do.

    Args:
        found: takes the value of each such key, as it was and as it is now.

    Raises:
        _BothError: a key stands under both names.
    """
    word, _, rest = path.partition(".")
    if word == ANY:
        return _each(content, rest, entry, found)
    if not isinstance(content, Mapping):
        return content
    today: dict[Any, Any] = {}
    for key, value in content.items():
        name = str(key)
        if f"{name}.".startswith(f"{path}."):  # the key itself, or one inside of it
            new = _last(path, entry) + name[len(path) :]
            if new != name and new in content:
                raise _BothError
            today[new] = entry.value(value) if name == path else value
            if new != name or today[new] is not value:
                found.append((value, today[new]))
        elif f"{path}.".startswith(f"{name}."):  # what holds it
            today[key] = _renamed(value, path[len(name) + 1 :], entry, found)
        else:
            today[key] = value
    return today


def _each(content: Any, path: str, entry: Renamed, found: list[tuple[Any, Any]]) -> Any:
    if isinstance(content, Mapping):
        return {key: _renamed(value, path, entry, found) for key, value in content.items()}
    if isinstance(content, list):
        return [_renamed(value, path, entry, found) for value in content]
    return content


def _last(path: str, entry: Renamed) -> str:
    """The path with its last word as it is to be."""
    *before, _ = path.split(".")
    return ".".join([*before, entry.new.rpartition(".")[2]])
