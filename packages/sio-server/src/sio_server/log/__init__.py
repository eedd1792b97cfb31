"""The loggers of a server, and what it writes to them."""
