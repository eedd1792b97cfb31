"""Sockets: TCP and TLS, and when a client's core is called."""
