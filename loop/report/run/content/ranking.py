"""The score by which the controller of a run finds slices of the probe weak."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from generator.errors import UserError
from loop.config.controller import ControllerSettings
from loop.controllers import CONTROLLERS, Controller
from loop.report.layout.text import score_text


@dataclass(frozen=True)
class Ranking:
    """A score of pictures, higher is better."""

    settings: ControllerSettings

    @property
    def controller(self) -> Controller | None:
        """None where it is a plugin's that is not installed here."""
        return CONTROLLERS.get(self.settings.name)

    @property
    def column(self) -> str:
        """A column of an evaluation, or of what `scored` adds; `controller.score` where the controller does
        not rank slices."""
        column = self.controller.ranks_by(self.settings) if self.controller else None
        return column or self.settings.score

    @property
    def text(self) -> str:
        """The score in plain English."""
        own = self.controller.ranking_words if self.controller else None
        return own or score_text(self.column)

    def scored(self, pictures: pd.DataFrame) -> pd.DataFrame:
        """Evaluated pictures (N, ...) -> the same with `column`, if it can be computed from them."""
        if self.controller is None:
            return pictures
        try:
            return self.controller.with_ranking(pictures, self.settings)
        except UserError:
            return pictures  # such as the entropy in runs of older versions
