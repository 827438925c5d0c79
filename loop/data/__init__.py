"""Pictures and labels that networks learn from and are tested on."""
