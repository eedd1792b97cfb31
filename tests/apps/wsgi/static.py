"""`tests.apps.static` for WSGI."""

import os

from sio_wsgi import WSGIApp
from tests.apps.options import static_files
from tests.apps.wsgi.echo import make_server

os.chdir(os.environ["SIO_TEST_FILES"])
app = WSGIApp(make_server(), static_files=static_files())
