"""The blocking driver, for threads and greenlets; `sio_server.blocking` has its public names."""
