"""From specs to files on disk; never imports bpy."""
