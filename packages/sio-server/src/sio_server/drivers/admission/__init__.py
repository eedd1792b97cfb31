"""Which requests are let in: none while a server shuts down, else what it says of each."""
