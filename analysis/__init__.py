"""Networks and their attributions: maps, scores against masks, weak slices, statistics. Never imports bpy."""
