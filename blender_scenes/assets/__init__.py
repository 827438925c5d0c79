"""Users' own models: read by Blender, disarmed, joined to one mesh, painted. `library` is the way in."""
