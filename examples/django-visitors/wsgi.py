"""Django's entry point for web servers, with Socket.IO in front of it."""

import os

from django.core.wsgi import get_wsgi_application

from sio_wsgi import WSGIApp

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")
django = get_wsgi_application()

from events import sio  # noqa: E402 - it asks for settings, so they come first

application = WSGIApp(sio, django)
