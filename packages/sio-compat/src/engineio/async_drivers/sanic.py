"""`engineio.async_drivers.sanic`: a name alone; the async mode comes with its adapter."""
