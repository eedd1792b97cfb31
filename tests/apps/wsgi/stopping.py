"""The application that `SIO_TEST_STOPPING` names, with what uWSGI needs for a graceful stop."""

import os
from importlib import import_module

from tests.support.stopping import stopping_lines

loaded = import_module(os.environ["SIO_TEST_STOPPING"].partition(":")[0])
app = loaded.app
exec(stopping_lines("uwsgidecorators"), {"sio": loaded.sio})
