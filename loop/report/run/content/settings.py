"""The configuration of a run, as far as reports read it.

Not `loop.config.run.LoopConfig`: that also checks what a run needs in order to start, such as the asset cards
of the user's own models. A report must not need them: a run is reported on another machine, too.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from generator.errors import UserError
from generator.farm.settings import FarmSettings
from generator.planning.sampling import Where
from generator.planning.scenes import RenderSettings
from generator.plugins import load_plugins
from loop.config.controller import ControllerSettings, ProbeSettings
from loop.config.load import first_fault
from loop.config.renamed import modern
from loop.config.run import LoopConfig
from loop.config.training import DataSettings, NetworkSettings, TrainSettings
from loop.controllers import CONTROLLERS
from loop.run.folder import RunFolder

REMEDY = "restore it from a copy"


class RunSettings(BaseModel):
    """The sections of a run's configuration that a report speaks of, with their defaults."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    seed: int = 0
    classes: dict[str, tuple[str, ...]]
    """Class -> shapes that show it."""
    data: DataSettings
    network: NetworkSettings = NetworkSettings()
    train: TrainSettings = TrainSettings()
    render: RenderSettings = RenderSettings()
    farm: FarmSettings = FarmSettings()
    probe: ProbeSettings | None = None
    controller: ControllerSettings = ControllerSettings()

    @property
    def planted(self) -> tuple[Where, ...]:
        """Slices that are (almost) left out of the rendered training set."""
        rendered = self.data.rendered
        return () if rendered is None else tuple(dict(hole.where) for hole in rendered.holes)

    @property
    def vehicle_classes(self) -> tuple[str, ...]:
        """Classes that can be rendered."""
        return tuple(name for name, shapes in self.classes.items() if shapes)


def read_settings(folder: RunFolder) -> RunSettings:
    """Read `config.yaml` of a run, with the keys of this version or of older ones.

    Raises:
        UserError: it is missing, is not YAML, or has a value that is not allowed; the message names the key.
    """
    path = folder.config
    missing = "does not exist; is this the folder of a run?"
    try:
        content = modern(LoopConfig, folder.read_config(missing=missing, empty=REMEDY))
        _load_plugins(content.get("plugins"))
        return _checked(content)
    except ValidationError as error:
        raise UserError(f"{path}: {first_fault(error, RunSettings, content)}; {REMEDY}") from None
    except RecursionError:
        raise UserError(f"{path}: has too many levels; {REMEDY}") from None


def _checked(content: dict[str, Any]) -> RunSettings:
    """The settings; the name of a controller may be that of a plugin that is not installed here."""
    controller = content.get("controller")
    if not isinstance(controller, dict):
        return RunSettings.model_validate(content)
    name = controller.get("name")
    absent = isinstance(name, str) and name not in CONTROLLERS
    known = {key: value for key, value in controller.items() if not (absent and key == "name")}
    # Runs from before the margin existed were decided without one, whatever its default is today.
    settings = RunSettings.model_validate({**content, "controller": {"margin": 0.0, **known}})
    if not absent:
        return settings
    named = settings.controller.model_copy(update={"name": name})
    return settings.model_copy(update={"controller": named})


def _load_plugins(names: object) -> None:
    """Those that are installed here: what a missing one adds is not known, the rest is reported."""
    for name in names if isinstance(names, list) else ():
        with suppress(UserError):
            load_plugins([str(name)])
