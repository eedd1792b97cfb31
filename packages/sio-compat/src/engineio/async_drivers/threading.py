"""`engineio.async_drivers.threading`: a name alone; the async mode comes with its adapter."""
