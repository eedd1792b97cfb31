"""Run a framework: `python -m tests.support.frameworks <framework> <port> <module>:app`."""

import importlib
import sys

from tests.support.frameworks.site import Site

if __name__ == "__main__":
    framework, port, app = sys.argv[1:4]
    run = importlib.import_module(f"tests.support.frameworks.on_{framework}").run
    run(Site(app.partition(":")[0]), int(port))
