"""Client managers: who is in which room, and who is sent what."""
