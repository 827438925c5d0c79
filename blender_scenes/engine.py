"""Cycles: its settings that no spec changes, and the device that it renders on.

Cycles alone, since only its index passes give exact masks: EEVEE has none, and its pictures are others.
"""

from __future__ import annotations

from typing import Any

import bpy

from blender_scenes.passes import COVERAGE
from generator.errors import UserError

BACKENDS = ("OPTIX", "CUDA", "HIP", "ONEAPI", "METAL")


def settle(scene: Any, threads: int, *, gpu: bool) -> None:
    """Everything about the scene that no spec changes."""
    render, cycles = scene.render, scene.cycles
    render.engine = "CYCLES"
    render.threads_mode, render.threads = "FIXED", threads
    render.use_persistent_data = True
    render.resolution_percentage = 100
    render.dither_intensity = 0.0
    scene.view_settings.view_transform = "Standard"
    render.image_settings.media_type = "MULTI_LAYER_IMAGE"
    render.image_settings.file_format = "OPEN_EXR_MULTILAYER"
    render.image_settings.color_depth = "32"
    render.image_settings.exr_codec = "NONE"
    layer = scene.view_layers[0]
    layer.use_pass_object_index = layer.use_pass_material_index = True
    # The first surface that a ray meets gives the index passes, however transparent it is.
    layer.pass_alpha_threshold = 0.0
    layer.use_pass_z = layer.use_pass_normal = True
    coverage = layer.aovs.add()
    coverage.name, coverage.type = COVERAGE, "VALUE"
    cycles.device = "GPU" if gpu else "CPU"
    cycles.use_adaptive_sampling = False
    cycles.pixel_filter_type, cycles.filter_width = "BLACKMAN_HARRIS", 1.5
    cycles.use_light_tree = False
    cycles.denoiser = "OPENIMAGEDENOISE"
    cycles.denoising_use_gpu = False
    # Without it the speckle that see-through glass leaves in the guiding passes stays in the picture.
    cycles.denoising_prefilter = "FAST"
    cycles.denoising_quality = "FAST"
    cycles.max_bounces, cycles.diffuse_bounces, cycles.glossy_bounces = 3, 1, 2
    cycles.transparent_max_bounces = 8
    cycles.caustics_reflective = cycles.caustics_refractive = False
    cycles.sample_clamp_indirect = 4.0


def choose_device(wanted: str) -> str:
    """Make Cycles render on a device; what it is, such as "CPU" or "OPTIX NVIDIA L4".

    Args:
        wanted: `cpu`; `gpu` for the first of `BACKENDS` that finds a GPU; or one of those, in lower case.

    Raises:
        UserError: there is no such device; the message says what there is.
    """
    if wanted == "cpu":
        return "CPU"
    preferences = bpy.context.preferences.addons["cycles"].preferences
    found = _cards(preferences)
    backends = [name for name in found if wanted in ("gpu", name.lower())]
    if not backends:
        there = ", ".join(["'cpu'", *(f"{name.lower()!r} ({gpus[0]})" for name, gpus in found.items())])
        raise UserError(f"device {wanted!r} was asked for, but Blender does not find it; found here: {there}")
    preferences.compute_device_type = backends[0]
    preferences.refresh_devices()
    for device in preferences.devices:
        device.use = device.type == backends[0]
    return " + ".join([f"{backends[0]} {found[backends[0]][0]}", *found[backends[0]][1:]])


def _cards(preferences: Any) -> dict[str, list[str]]:
    """The backends that find GPUs -> names of those GPUs, best first."""
    offered = {item[0] for item in preferences.get_device_types(bpy.context)}
    found = {}
    for backend in (name for name in BACKENDS if name in offered):
        preferences.compute_device_type = backend
        preferences.refresh_devices()
        names = [device.name for device in preferences.devices if device.type == backend]
        if names:
            found[backend] = names
    return found
