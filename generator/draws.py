"""How an attribute varies, as configurations write it: fixed, listed, or drawn from a distribution.

    gloss                                    always this
    [5, 20, 35]                              one of these with equal chance; each may be any of these forms
    {uniform: [0, 0.3]}
    {normal: [50, 10], within: [35, 85]}     mean and standard deviation, cut off at the ends
    {log_uniform: [4, 40]}                   equal chances for equal ratios
    {choice: {gloss: 0.6, dirty: 0.4}}       by weight

Each form is its own inverse CDF: it maps a level in [0, 1) to a value. Random numbers and Sobol points
are levels alike.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from bisect import bisect_right
from collections.abc import Callable
from itertools import accumulate
from typing import Annotated, Any, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    model_serializer,
    model_validator,
)
from scipy.special import ndtr, ndtri

Value = str | int | float | None
Check = Callable[[Any], Any]
"""Takes a value and returns it as a spec holds it, or raises a ValueError with what would be right."""

DECIMALS = 6
"""Decimal places to which drawn numbers are rounded."""

WRITTEN = {
    "uniform": "{uniform: [low, high]}",
    "normal": "{normal: [mean, sd], within: [low, high]}",
    "log_uniform": "{log_uniform: [low, high]}",
    "choice": "{choice: {value: weight}}",
}
"""How each distribution is written."""


class Draw(BaseModel, ABC):
    """Any of the forms."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, use_attribute_docstrings=True)

    @abstractmethod
    def at(self, level: float, *, whole: bool = False) -> Any:
        """The value at a level in [0, 1).

        Args:
            level: how far through the distribution, in [0, 1).
            whole: round to whole numbers, such that those at the ends are as likely as the others.
        """

    @abstractmethod
    def options(self) -> tuple[Any, ...] | None:
        """All values that it may take; None where they are a continuum."""

    @abstractmethod
    def checked(self, value: Check, end: Check) -> Draw:
        """Itself with every single value passed through `value`, and every end of a range through `end`."""

    def only(self, holds: Callable[[Any], bool]) -> Draw | None:
        """What is left of it; None where nothing is.

        Single values stay that fulfil `holds`, and ranges of which an end does.
        """
        return self if self.reaches(holds) else None

    @property
    def ends(self) -> tuple[float, float]:
        """The lowest and the highest number that it may take."""
        found: list[float] = []

        def look(value: Any) -> Any:
            found.append(value)
            return value

        self.checked(look, look)
        return min(found), max(found)

    @property
    def fixed(self) -> bool:
        """Whether it is a single value."""
        return False

    def reaches(self, holds: Callable[[Any], bool]) -> bool:
        """Whether a value that it may take, the ends of ranges among them, fulfils `holds`."""
        found = False

        def look(value: Any) -> Any:
            nonlocal found
            found = found or holds(value)
            return value

        self.checked(look, look)
        return found


class Fixed(Draw):
    """One value."""

    value: Value
    """What is always drawn."""

    def at(self, level: float, *, whole: bool = False) -> Value:
        return self.value

    def options(self) -> tuple[Any, ...]:
        return (self.value,)

    def checked(self, value: Check, end: Check) -> Draw:
        return Fixed(value=value(self.value))

    @property
    def fixed(self) -> bool:
        return True

    @model_serializer
    def _written(self) -> Value:
        return self.value


class Listed(Draw):
    """Several forms with equal chance."""

    items: tuple[Draw, ...]
    """The forms, one or more."""

    def at(self, level: float, *, whole: bool = False) -> Any:
        place = level * len(self.items)
        return self.items[int(place)].at(place - int(place), whole=whole)

    def options(self) -> tuple[Any, ...] | None:
        inner = [item.options() for item in self.items]
        return None if None in inner else tuple(value for options in inner for value in options or ())

    def checked(self, value: Check, end: Check) -> Draw:
        return Listed(items=tuple(item.checked(value, end) for item in self.items))

    def only(self, holds: Callable[[Any], bool]) -> Draw | None:
        left = [draw for item in self.items if (draw := item.only(holds)) is not None]
        return Listed(items=tuple(left)) if left else None

    @property
    def plain(self) -> bool:
        """Whether it lists single values, each once."""
        options = self.options()
        return all(item.fixed for item in self.items) and len(set(options or ())) == len(self.items)

    @model_serializer
    def _written(self) -> list[Any]:
        return [item.model_dump() for item in self.items]


class Choice(Draw):
    """Values by weight."""

    choice: Annotated[dict[Value, Annotated[float, Field(gt=0)]], Field(min_length=1)]
    """Value -> weight, above 0; weights need not sum to 1."""

    def at(self, level: float, *, whole: bool = False) -> Value:
        ends = list(accumulate(self.choice.values()))
        return list(self.choice)[min(bisect_right(ends, level * ends[-1]), len(ends) - 1)]

    def options(self) -> tuple[Any, ...]:
        return tuple(self.choice)

    def only(self, holds: Callable[[Any], bool]) -> Draw | None:
        left = {option: weight for option, weight in self.choice.items() if holds(option)}
        return Choice(choice=left) if left else None

    def checked(self, value: Check, end: Check) -> Draw:
        return Choice(choice={value(option): weight for option, weight in self.choice.items()})


def _in_order(span: tuple[float, float]) -> tuple[float, float]:
    if not span[0] < span[1]:
        raise ValueError("a range goes from low to high")
    return span


Span = Annotated[tuple[float, float], AfterValidator(_in_order)]


class _Range(Draw):
    """A continuum between two ends."""

    @property
    @abstractmethod
    def span(self) -> tuple[float, float]: ...

    @abstractmethod
    def inverse(self, level: float, low: float, high: float) -> float:
        """The inverse CDF, where `low` and `high` cut the distribution off."""

    def at(self, level: float, *, whole: bool = False) -> float:
        low, high = self.span
        margin = 0.5 if whole else 0.0
        value = self.inverse(level, low - margin, high + margin)
        return min(max(round(value) if whole else round(value, DECIMALS), low), high)

    def options(self) -> None:
        return None

    def checked(self, value: Check, end: Check) -> Draw:
        for bound in self.span:
            end(bound)
        return self


class Uniform(_Range):
    """Every number between two ends with equal chance."""

    uniform: Span
    """Low and high end."""

    @property
    def span(self) -> tuple[float, float]:
        return self.uniform

    def inverse(self, level: float, low: float, high: float) -> float:
        return low + level * (high - low)


class LogUniform(_Range):
    """Numbers between two ends, with equal chances for equal ratios."""

    log_uniform: Span
    """Low and high end, both above 0."""

    @model_validator(mode="after")
    def _positive(self) -> Self:
        if self.log_uniform[0] <= 0:
            raise ValueError("a log_uniform range starts above 0")
        return self

    @property
    def span(self) -> tuple[float, float]:
        return self.log_uniform

    def inverse(self, level: float, low: float, high: float) -> float:
        return low * float((high / low) ** level)


class Normal(_Range):
    """A normal distribution that is cut off at two ends."""

    normal: tuple[float, Annotated[float, Field(gt=0)]]
    """Mean and standard deviation before it is cut off."""
    within: Span
    """Low and high end; the mean lies between them."""

    @model_validator(mode="after")
    def _mean_inside(self) -> Self:
        if not self.within[0] <= self.normal[0] <= self.within[1]:
            raise ValueError("the mean lies within the ends")
        return self

    @property
    def span(self) -> tuple[float, float]:
        return self.within

    def inverse(self, level: float, low: float, high: float) -> float:
        mean, deviation = self.normal
        below, above = ndtr((low - mean) / deviation), ndtr((high - mean) / deviation)
        return mean + deviation * float(ndtri(below + level * (above - below)))


DISTRIBUTIONS: dict[str, type[Draw]] = {
    "uniform": Uniform,
    "normal": Normal,
    "log_uniform": LogUniform,
    "choice": Choice,
}


def parse_draw(written: object, value: Check = lambda value: value, end: Check | None = None) -> Draw:
    """A form as a configuration writes it, its values checked.

    Args:
        written: as in the module's docstring.
        value: checks every single value.
        end: checks the ends of ranges; None: `value` does.

    Raises:
        ValueError: one line with what is wrong and what would be right.

    >>> parse_draw({"uniform": [0, 0.3]}).at(0.5)
    0.15
    >>> parse_draw(["sedan", "bus"]).at(0.5)
    'bus'
    >>> parse_draw({"choice": {"gloss": 3, "dirty": 1}}).at(0.7)
    'gloss'
    >>> parse_draw({"uniform": [1, 3]}).at(0.99, whole=True)
    3
    """
    return _form(written).checked(value, end or value)


def _form(written: object) -> Draw:
    match written:
        case Draw():
            return written
        case dict():
            return _distribution(written)
        case list() | tuple():
            if not written:
                raise ValueError("the list is empty; give at least one value")
            return Listed(items=tuple(_form(item) for item in written))
        case str() | int() | float() | None if not isinstance(written, bool):
            return Fixed(value=written)
    raise ValueError(f"is not a value, list or distribution; write one as {', '.join(WRITTEN.values())}")


def _distribution(written: dict[Any, Any]) -> Draw:
    name = next((key for key in written if key in DISTRIBUTIONS), None)
    if name is None:
        raise ValueError(f"is not a distribution; write one as {', '.join(WRITTEN.values())}")
    try:
        return DISTRIBUTIONS[name].model_validate(written)
    except ValidationError as error:
        reason = error.errors()[0]["msg"].removeprefix("Value error, ")
        raise ValueError(f"{reason}; write it as {WRITTEN[name]}") from None
