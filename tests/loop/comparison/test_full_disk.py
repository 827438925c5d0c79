"""A disk that fills up while a network trains: one line, and nothing half-written."""

import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
import yaml

ROOM = 3_000_000
"""Bytes of the small disk: the set-up fits, alexnet_gap's checkpoint of 20 MB does not."""
MOUNT = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c"]


def mounted(folder: Path, size: int, command: list[str]) -> list[str]:
    """A command that finds a file system of so many bytes at the folder, in a mount namespace of its own."""
    words = " ".join(f"'{word}'" for word in command)
    return [
        *MOUNT,
        f"mount -t tmpfs -o size={size} none '{folder}' && {words}; code=$?; ls -RA '{folder}'; exit $code",
    ]


@pytest.fixture
def small(tmp_path: Path) -> Path:
    folder = tmp_path / "small"
    folder.mkdir()
    try:
        subprocess.run(mounted(folder, ROOM, ["true"]), check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("this machine lets no user mount a file system")
    return folder


def test_a_full_disk_is_one_line_and_leaves_nothing_half_written(small: Path, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for part in ("train", "test"):
        for name in ("a", "b"):
            (tmp_path / "data" / part / name).mkdir(parents=True)
            for i in range(4):
                picture = rng.integers(0, 255, (32, 32, 3), dtype=np.uint8)
                cv2.imwrite(str(tmp_path / "data" / part / name / f"{i}.png"), picture)
    config = tmp_path / "compare.yaml"
    config.write_text(
        yaml.safe_dump(
            {
                "networks": ["alexnet_gap"],
                "data": {
                    "source": "folder",
                    "root": str(tmp_path / "data"),
                    "image_size": 32,
                    "valid_fraction": 0,
                },
                "train": {"epochs": 1, "batch_size": 8, "log": "none"},
            }
        )
    )
    command = [sys.executable, "-m", "renforce.cli", "compare", str(config), "-o", str(small / "run")]
    done = subprocess.run(mounted(small, ROOM, command), text=True, capture_output=True, check=False)
    assert done.returncode == 2, done.stderr
    assert done.stderr.count("\n") == 1
    assert "is full; free some space and try again" in done.stderr
    left = done.stdout.splitlines()
    assert "data.json" in left
    assert not {"training.ckpt", "job.json", "report.html"} & set(left)
    assert not [name for name in left if name.endswith(".safetensors")]
