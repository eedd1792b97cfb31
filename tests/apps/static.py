"""Static files in all forms that the documentation has, relative to `SIO_TEST_FILES`."""

import os

from sio_asgi import ASGIApp
from tests.apps.echo import make_server
from tests.apps.options import static_files

os.chdir(os.environ["SIO_TEST_FILES"])

app = ASGIApp(make_server(), static_files=static_files())
