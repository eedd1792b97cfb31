"""The end of a process: clients say goodbye."""
