"""A certificate for 127.0.0.1, made for one test run."""

import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

from tests.support.components import give_up


class Certificate(NamedTuple):
    """PEM files."""

    key: Path
    chain: Path


def make_certificate(directory: Path) -> Certificate:
    """Return a new self-signed certificate in `directory`, or skip the test (fail it in CI)."""
    openssl = shutil.which("openssl")
    if openssl is None:
        give_up("openssl", "openssl is missing", "apt-get install openssl")
    made = Certificate(directory / "key.pem", directory / "chain.pem")
    command = [
        *(openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"),
        *("-nodes", "-days", "2", "-subj", "/CN=localhost"),
        *("-addext", "subjectAltName=IP:127.0.0.1"),
        *("-keyout", str(made.key), "-out", str(made.chain)),
    ]
    subprocess.run(command, check=True, capture_output=True, stdin=subprocess.DEVNULL)
    return made
