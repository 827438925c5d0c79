"""What may be said in YAML, with defaults and limits, and the reader of such files."""
