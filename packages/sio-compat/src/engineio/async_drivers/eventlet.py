"""`engineio.async_drivers.eventlet`: a name alone; the async mode comes with its adapter."""
