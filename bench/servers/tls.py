"""The certificate that a run over TLS has made, for the servers' programs."""

import os
from typing import Any


def uvicorn_options() -> dict[str, Any]:
    """Return the options of uvicorn: none where the run is without TLS."""
    folder = os.environ.get("BENCH_TLS")
    if not folder:
        return {}
    return {"ssl_keyfile": f"{folder}/key.pem", "ssl_certfile": f"{folder}/chain.pem"}
