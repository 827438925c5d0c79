"""The only code that imports bpy: a spec in, arrays out. Runs in worker processes alone.

One picture:

| module | what it holds |
|---|---|
| `stage` | `Stage.render`: from a spec to a `Picture`; `_picture` makes mask and parts of the index passes |
| `engine` | Cycles's settings, the index passes among them, and its device |
| `passes` | reads Blender's multi-layer EXR into arrays |
| `camera` | where the camera stands so that the vehicle fills the picture |
| `lens` | what lens, shutter and sensor do to the picture; masks do not change |
| `haze` | light that the air scatters into the picture |
| `truth` | the numbers beside a picture: boxes, camera, fractions |
| `without` | the same picture without the vehicle, a part of it, or its shadow |

What stands in it:

| module | what it holds |
|---|---|
| `vehicles` | the catalogue: shape -> how to build one |
| `assets` | users' own models |
| `paint`, `materials` | car paint; materials of vehicles and scenery, with the index of their part |
| `environments` | ground, scenery and lamps |
| `sky` | sky and sun |
| `crowd` | everything around the vehicle that a spec asks for, from the next three modules |
| `occluders`, `occlusion` | what may hide the vehicle; where it must stand to hide a given fraction |
| `distractors` | other things and vehicles that never come before it |
| `marker` | where a marker is painted on the ground |
| `props`, `things`, `scenery` | things that stand about, and their shapes |

Tools:

| module | what it holds |
|---|---|
| `meshes` | from arrays to Blender objects |
| `rays`, `sightline` | rays against the vehicle alone; the vehicle as the camera sees it |
| `keep` | saves the scene of a spec as a .blend file |
"""
