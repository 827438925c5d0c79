"""Ready-made configurations, each a YAML file with its purpose in the first line."""
