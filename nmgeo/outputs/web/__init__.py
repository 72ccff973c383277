"""The web map: its data, its page, its size and its safety."""
