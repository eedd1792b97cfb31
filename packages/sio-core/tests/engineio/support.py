"""Try."""

VALUE: int = 3
