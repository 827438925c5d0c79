"""One Blender scene that becomes whatever a spec describes, and is rendered once to a `Picture`."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bpy
import numpy as np
from mathutils import Matrix, Vector
from numpy.typing import NDArray

from blender_scenes import camera, materials, passes
from blender_scenes.assets.library import Imported, Library
from blender_scenes.crowd import Crowd
from blender_scenes.engine import choose_device, settle
from blender_scenes.environments import Environment, Environments
from blender_scenes.environments.light import LIGHTS
from blender_scenes.haze import air, haze
from blender_scenes.lens import develop
from blender_scenes.meshes import new_object
from blender_scenes.paint import paint_vehicle
from blender_scenes.rays import Target
from blender_scenes.sky import Sky
from blender_scenes.truth import Truth, corners_of, fraction_outside, hull_of, lattice, maybe_hidden, measure
from blender_scenes.vehicles import build
from blender_scenes.vehicles.mesh import slot_index
from blender_scenes.without import without
from generator.assets.card import Asset
from generator.families import generator_of
from generator.spec import RenderSpec

VEHICLE = 1
"""Object index of the vehicle."""
OFF_CENTRE = 5.26e-4
"""Pixels, right and up, by which Cycles's first sample misses the centre of its pixel.

Its table of the pixel filter (Blackman-Harris, 1.5 pixels) has 1,024 entries of which none is the
middle. Without the counter-shift about one mask pixel in 30,000 disagrees with `Stage.cast`.
"""


@dataclass(frozen=True)
class Picture:
    """One rendered picture and its labels, all of one height and width."""

    rgb: NDArray[np.uint8]
    """(H, W, 3), sRGB."""
    mask: NDArray[np.uint8]
    """(H, W), 255 where the ray through the pixel's centre meets the vehicle first, else 0."""
    parts: NDArray[np.uint8]
    """(H, W), index into `generator.spec.PARTS`; 0 wherever the mask is."""
    depth: NDArray[np.float32]
    """(H, W), metres along the camera's axis, through the pixel's centre; infinite for the sky."""
    normals: NDArray[np.float32]
    """(H, W, 3), unit, in the world, of the light gathered around the pixel's centre; 0 for the sky."""
    coverage: NDArray[np.float32]
    """(H, W), the vehicle's fraction of what the pixel's filter gathers, in [0, 1]."""
    amodal: NDArray[np.uint8]
    """(H, W), 255 where the ray through the pixel's centre meets the vehicle, hidden or not, else 0."""
    truth: Truth


@dataclass(frozen=True)
class Hits:
    """What Blender's own ray casts through the pixels' centres meet first, for tests."""

    mask: NDArray[np.uint8]
    """(H, W), 255 where it is the vehicle, else 0."""
    points: NDArray[np.float64]
    """(H, W, 3), NaN where there is nothing."""
    normals: NDArray[np.float64]
    """(H, W, 3), of the faces, unit."""


class Stage:
    """Renders specs one after another; rebuilds only what differs from the last one."""

    def __init__(self, *, threads: int = 1, device: str = "cpu", assets: Sequence[Asset] = ()) -> None:
        bpy.ops.wm.read_factory_settings(use_empty=True)
        self.scene = bpy.context.scene
        self.device = choose_device(device)
        settle(self.scene, threads, gpu=device != "cpu")
        self._materials = materials.vehicle_materials()
        self._assets = Library(assets, self._materials[0])
        self._sky = Sky(self.scene)
        self._environments = Environments(self.scene)
        self._camera = bpy.data.objects.new("camera", bpy.data.cameras.new("camera"))
        self._camera.data.sensor_width = camera.SENSOR
        self._camera.data.clip_end = 20000.0
        self.scene.collection.objects.link(self._camera)
        self.scene.camera = self._camera
        self._vehicle: Any = None
        self._is_asset = False
        self._environment: Environment | None = None
        self._crowd = Crowd(self.scene)
        self._points = self._corners = np.zeros((0, 3))
        self._target: Target
        self._now: dict[str, tuple[Any, ...]] = {}

    def render(self, spec: RenderSpec, leave_out: Sequence[str] = ()) -> Picture:
        """Render one picture with its mask and parts; `leave_out` is described in `without`."""
        pose = self.place(spec)
        with without(self._vehicle, leave_out):
            return self._rendered(spec, pose)

    def _rendered(self, spec: RenderSpec, pose: camera.Pose) -> Picture:
        shared = Path("/dev/shm")
        with tempfile.TemporaryDirectory(dir=shared if shared.is_dir() else None) as folder:
            path = Path(folder) / "picture.exr"
            self.scene.render.filepath = str(path)
            bpy.ops.render.render(write_still=True)
            return self._picture(spec, pose, passes.read(path))

    def _picture(
        self, spec: RenderSpec, pose: camera.Pose, layers: dict[str, NDArray[np.float32]]
    ) -> Picture:
        index = np.rint(layers["object"]).astype(np.int64)
        mask, amodal = index == VEHICLE, self._amodal(pose, index, layers["depth"])
        light = layers["rgb"]
        if spec.haze:
            light = haze(light, air(pose, layers["depth"]), spec.haze, self._sky.horizon)
        return Picture(
            rgb=develop(light, spec, generator_of("sensor", spec.noise_seed)),
            mask=mask.astype(np.uint8) * 255,
            parts=np.where(mask, np.rint(layers["material"]), 0).astype(np.uint8),
            depth=layers["depth"],
            normals=layers["normals"],
            coverage=layers["coverage"],
            amodal=amodal.astype(np.uint8) * 255,
            truth=measure(pose, self._corners, self._points, mask, amodal, self._outside(pose)),
        )

    def _amodal(
        self, pose: camera.Pose, index: NDArray[np.int64], depth: NDArray[np.float32]
    ) -> NDArray[np.bool_]:
        found: NDArray[np.bool_] = index == VEHICLE
        rows, columns = maybe_hidden(pose, self._points, depth, index, VEHICLE)
        if len(rows):
            size = len(index)
            found[rows, columns] = self._target.met(pose, (columns + 0.5) / size, (rows + 0.5) / size)
        return found

    def _outside(self, pose: camera.Pose) -> float:
        places = lattice(pose, self._points)
        return 0.0 if places is None else fraction_outside(places, self._target.met(pose, *places.T))

    def cast(self, spec: RenderSpec) -> NDArray[np.uint8]:
        """The mask by another way, for tests."""
        return self.hits(spec).mask

    def hits(self, spec: RenderSpec) -> Hits:
        """What rays through the pixels' centres meet, by Blender's own ray casts."""
        pose = self.place(spec)
        graph = bpy.context.evaluated_depsgraph_get()
        centres = (np.arange(spec.size) + 0.5) / spec.size
        down, right = np.meshgrid(centres, centres, indexing="ij")
        origin = Vector(pose.location)
        mask, points, normals = [], [], []
        for ray in pose.ray(right.ravel(), down.ravel()):
            hit, point, normal, _, thing, _ = self.scene.ray_cast(graph, origin, Vector(ray))
            mask.append(255 if hit and thing.pass_index == VEHICLE else 0)
            points.append(tuple(point) if hit else (np.nan,) * 3)
            normals.append(tuple(normal))
        square = spec.size, spec.size
        return Hits(
            np.array(mask, np.uint8).reshape(square),
            np.array(points).reshape(*square, 3),
            np.array(normals).reshape(*square, 3),
        )

    def imported(self, digest: str, shape: str) -> Imported:
        """What is known of a user's model; see `Library.get`."""
        return self._assets.get(digest, shape)

    def place(self, spec: RenderSpec) -> camera.Pose:
        """Make the scene what the spec describes, without rendering it."""
        if self._changed("vehicle", spec.asset, spec.shape, spec.variant):
            self._replace_vehicle(spec)
        if self._changed("environment", spec.environment, spec.environment_seed):
            self._environment = self._environments.show(spec.environment, spec.environment_seed)
        light = (spec.environment, spec.environment_seed)
        if self._changed("light", *light, spec.sun_elevation, spec.sun_azimuth):
            kind = LIGHTS[spec.environment]
            self._sky.set(kind, generator_of("sky", *light), spec.sun_elevation, spec.sun_azimuth)
            materials.switch_lamps(self._materials, on=kind.lamps)
        if self._changed("paint", spec.color, spec.finish, spec.shape, spec.variant):
            first, second = (self._materials[slot_index(slot)] for slot in ("paint", "paint2"))
            paint_vehicle(first, second, spec)
        self._output(spec)
        if self._environment is not None and self._environment.lamps > 1:
            # Cycles picks among lamps by their order, which in a session hangs on what came and went before.
            self._end_session()
        return self._aim(spec)

    def save_blend(self, spec: RenderSpec, path: Path) -> None:
        """Keep the scene of a spec as a file that Blender opens, with all that it needs inside."""
        self.place(spec)
        self.scene.render.filepath = "//picture"
        bpy.ops.file.pack_all()
        bpy.ops.wm.save_as_mainfile(filepath=str(path.absolute()), copy=True, compress=True)

    def _changed(self, what: str, *value: Any) -> bool:
        if self._now.get(what) == value:
            return False
        self._now[what] = value
        return True

    def _replace_vehicle(self, spec: RenderSpec) -> None:
        self._now.pop("vehicle")  # until the new one stands
        if spec.asset:
            user_model = self._assets.get(spec.asset, spec.shape)
            vehicle, points = user_model.thing, user_model.points
        else:
            solid = build(spec.shape, spec.variant)
            points = solid.points
            vehicle = new_object("vehicle", points, solid.faces, solid.slots, self._materials)
        self._remove_vehicle()
        self._vehicle, self._is_asset, self._target = vehicle, bool(spec.asset), Target(vehicle)
        self._points, self._corners = hull_of(points), corners_of(points)
        vehicle.pass_index = VEHICLE
        for material in vehicle.data.materials:
            materials.mark(material)
        self.scene.collection.objects.link(vehicle)
        self._changed("vehicle", spec.asset, spec.shape, spec.variant)

    def _remove_vehicle(self) -> None:
        if self._vehicle is None:
            return
        if self._is_asset:
            self.scene.collection.objects.unlink(self._vehicle)
            return
        mesh = self._vehicle.data
        bpy.data.objects.remove(self._vehicle)
        bpy.data.meshes.remove(mesh)

    def _output(self, spec: RenderSpec) -> None:
        if not self._changed("output", spec.size, spec.samples, spec.denoise):
            self.scene.cycles.seed = spec.noise_seed
            return
        render, cycles = self.scene.render, self.scene.cycles
        self._end_session()  # which would keep the old denoiser and sampling pattern
        render.resolution_x = render.resolution_y = spec.size
        cycles.samples, cycles.use_denoising = spec.samples, spec.denoise
        cycles.seed = spec.noise_seed

    def _end_session(self) -> None:
        """Let Cycles forget the scene that it keeps between pictures."""
        self.scene.render.use_persistent_data = False
        self.scene.render.use_persistent_data = True

    def _aim(self, spec: RenderSpec) -> camera.Pose:
        pose = camera.fit(spec, self._points)
        matrix = np.eye(4)
        matrix[:3, :3], matrix[:3, 3] = pose.rotation, pose.location
        self._camera.matrix_world = Matrix(matrix.tolist())
        self._camera.data.lens = pose.focal
        hair = OFF_CENTRE / spec.size
        self._camera.data.shift_x, self._camera.data.shift_y = (shift - hair for shift in pose.shift)
        if self._environment is not None:
            before = self._crowd.arrange(spec, pose, self._points, self._target, self._environment)
            self._environment.clear_view(pose.location, np.concatenate([self._points, *before]))
        return pose
