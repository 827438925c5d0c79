"""Cycles: its settings that no spec changes, and the device that it renders on."""

from __future__ import annotations

from typing import Any

import bpy

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
    cycles.device = "GPU" if gpu else "CPU"
    cycles.use_adaptive_sampling = False
    cycles.pixel_filter_type, cycles.filter_width = "BLACKMAN_HARRIS", 1.5
    cycles.use_light_tree = False
    cycles.denoiser = "OPENIMAGEDENOISE"
    cycles.denoising_use_gpu = False
    cycles.denoising_prefilter = "NONE"
    cycles.denoising_quality = "FAST"
    cycles.max_bounces, cycles.diffuse_bounces, cycles.glossy_bounces = 3, 1, 2
    cycles.transparent_max_bounces = 8
    cycles.caustics_reflective = cycles.caustics_refractive = False
    cycles.sample_clamp_indirect = 4.0


def choose_device(wanted: str) -> str:
    if wanted == "cpu":
        return "CPU"
    preferences = bpy.context.preferences.addons["cycles"].preferences
    offered = {item[0] for item in preferences.get_device_types(bpy.context)}
    for backend in (name for name in BACKENDS if name in offered):
        preferences.compute_device_type = backend
        preferences.refresh_devices()
        found = [device for device in preferences.devices if device.type == backend]
        if found:
            for device in preferences.devices:
                device.use = device.type == backend
            return f"{backend} {found[0].name}"
    raise UserError("device 'gpu' was asked for, but Blender finds no GPU here; use device 'cpu'")
