"""Networks and what they look at: maps, scores against masks, weak slices. Never imports bpy."""
