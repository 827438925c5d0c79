"""Every setting of the generator has a description, which the reference of the configuration prints."""

import pytest
from pydantic import BaseModel

from generator.assets.card import AssetCard
from generator.draws import DISTRIBUTIONS
from generator.farm.settings import FarmSettings
from generator.planning.grid import Grid, Hole, SetPlan, Slice
from generator.planning.scenes import RenderSettings, SceneRanges
from generator.spec import RenderSpec

MODELS = (AssetCard, FarmSettings, Grid, Hole, RenderSettings, RenderSpec, SceneRanges, SetPlan, Slice)


@pytest.mark.parametrize("model", [*MODELS, *DISTRIBUTIONS.values()])
def test_every_field_is_described(model: type[BaseModel]) -> None:
    lacking = [name for name, field in model.model_fields.items() if not (field.description or "").strip()]
    assert not lacking
