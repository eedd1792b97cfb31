"""The checks of `sio_core.testing.CHECKS`, run with the drivers of sio-server and an example's."""
