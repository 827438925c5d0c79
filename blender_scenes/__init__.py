"""The only code that imports bpy: a spec in, arrays out. Runs in worker processes alone."""
