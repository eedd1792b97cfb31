"""One `connect()` and the attempts that follow from it, without I/O."""
