"""HTTP and WebSockets as a client speaks them: bytes in, bytes and orders out, no I/O."""
