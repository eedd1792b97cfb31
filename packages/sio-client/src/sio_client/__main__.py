"""`python -m sio_client URL`: a Socket.IO client for the terminal."""

from __future__ import annotations

import sys

from .command import main

if __name__ == "__main__":
    sys.exit(main())
