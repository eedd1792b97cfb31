"""`engineio.async_drivers.aiohttp`: a name alone; the async mode comes with its adapter."""
