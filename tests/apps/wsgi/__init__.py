"""The applications of the folder above for WSGI servers: the same handlers on a `Server`."""
