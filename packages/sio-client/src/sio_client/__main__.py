"""`python -m sio_client URL`: a Socket.IO client for the terminal."""

from __future__ import annotations

import sys

if __name__ == "__main__":
    try:
        from .command.main import main

        sys.exit(main())
    except KeyboardInterrupt:  # ctrl-C before the command handles it, or after
        sys.exit(130)
