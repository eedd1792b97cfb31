"""`engineio.async_drivers.gevent_uwsgi`: a name alone; the async mode comes with its adapter."""
