"""The farm's settings and what a machine states of its GPUs."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from generator.farm import settings as machine
from generator.farm.settings import FarmSettings, nvidia_gpus, nvidia_names, one_gpu

LISTING = """\
GPU 0: NVIDIA A100-SXM4-40GB (UUID: GPU-5d5ba0d6)
  MIG 3g.20gb     Device  0: (UUID: MIG-c6d4f1ef)
  MIG 3g.20gb     Device  1: (UUID: MIG-cba663e8)
GPU 1: NVIDIA L4 (UUID: GPU-11111111)
"""


def test_cards_and_instances_of_cards_are_read() -> None:
    assert nvidia_gpus(LISTING) == ["MIG-c6d4f1ef", "MIG-cba663e8", "GPU-11111111"]
    assert nvidia_names(LISTING) == ["NVIDIA A100-SXM4-40GB", "NVIDIA L4"]
    assert nvidia_gpus("NVIDIA-SMI has failed because it couldn't communicate with the driver\n") == []


def test_workers_take_cards_in_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "4, 6,7")
    monkeypatch.setenv("HIP_VISIBLE_DEVICES", "")
    assert [one_gpu(i) for i in range(4)] == [{"CUDA_VISIBLE_DEVICES": gpu} for gpu in "4674"]
    assert FarmSettings(device="gpu").processes == 3
    assert FarmSettings(device="gpu", workers=5).processes == 5
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "4")
    assert one_gpu(1) == {}


def test_a_listing_tool_is_asked_where_no_variable_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tool = tmp_path / "nvidia-smi"
    tool.write_text(f"#!/bin/sh\ncat <<END\n{LISTING}END\n")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    assert machine.gpus()["CUDA_VISIBLE_DEVICES"] == ["MIG-c6d4f1ef", "MIG-cba663e8", "GPU-11111111"]


def test_amd_cards_are_the_nodes_that_are_no_processor(tmp_path: Path) -> None:
    for node, number in enumerate((0, 51110, 2600)):
        (tmp_path / str(node)).mkdir()
        (tmp_path / str(node) / "gpu_id").write_text(f"{number}\n")
    assert machine._amd(tmp_path) == ["0", "1"]
    assert machine._amd(tmp_path / "none") == []


def test_what_cannot_be_left_out_is_refused_with_what_can() -> None:
    every = ("vehicle", "shadow", "body", "glass", "wheel", "lamp", "plate", "trim", "interior")
    assert FarmSettings.model_validate({"without": every}).without == every
    with pytest.raises(ValidationError, match=rf"'foo' cannot be left out; one of {', '.join(every)}"):
        FarmSettings.model_validate({"without": ["wheel", "foo"]})
    with pytest.raises(ValidationError, match="'background' cannot be left out"):
        FarmSettings.model_validate({"without": ["background"]})


def test_eevee_is_refused_with_the_reason() -> None:
    with pytest.raises(ValidationError, match=r"'eevee' is not offered, since it cannot give exact masks"):
        FarmSettings.model_validate({"engine": "eevee"})
