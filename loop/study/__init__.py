"""Controllers compared over seeds at equal renders."""
