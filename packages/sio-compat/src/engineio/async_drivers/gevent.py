"""`engineio.async_drivers.gevent`: a name alone; the async mode comes with its adapter."""
