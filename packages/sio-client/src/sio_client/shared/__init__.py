"""What clients of both colours share: what has no colour, and what waits, as coroutines."""
