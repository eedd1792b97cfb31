"""One WebSocket of a client: the web server's, or one on a socket of our own."""
