"""The certificate that a run over TLS has made, for the servers' programs."""

import os
from typing import Any


def files() -> dict[str, Any]:
    """Return the key and the chain as most servers call them: none where it is without TLS."""
    folder = os.environ.get("BENCH_TLS")
    if not folder:
        return {}
    return {"keyfile": f"{folder}/key.pem", "certfile": f"{folder}/chain.pem"}


def uvicorn_options() -> dict[str, Any]:
    """Return the same as options of uvicorn."""
    return {f"ssl_{name}": file for name, file in files().items()}
