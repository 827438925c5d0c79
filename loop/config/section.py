"""What every part of a configuration is: a frozen model that knows its keys and refuses others."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, Field


class Section(BaseModel):
    """A part of a configuration; a key that it does not have is a mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    GROWS: ClassVar[tuple[str, ...]] = ()
    """Keys that may have more entries when a run goes on than when it began."""


Positive = Annotated[int, Field(ge=1)]
