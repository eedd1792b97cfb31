"""The certificate of a run over TLS, made in it and signed by itself."""

import shutil
import ssl
import subprocess
from pathlib import Path

from sides import BenchError

KEY, CHAIN = "key.pem", "chain.pem"
"""The names of the files in its folder."""

REQUEST = (
    *("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"),
    *("-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"),
)


def make(folder: Path) -> Path:
    """Put a certificate for 127.0.0.1 into `folder` and return it; raises BenchError."""
    openssl = shutil.which("openssl")
    if openssl is None:
        raise BenchError("openssl is not installed. On Debian and Ubuntu: apt-get install openssl")
    command = [openssl, *REQUEST, "-keyout", str(folder / KEY), "-out", str(folder / CHAIN)]
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if done.returncode:
        raise BenchError(f"openssl could not make a certificate:\n{done.stderr.strip()}")
    return folder


def trust(folder: Path) -> ssl.SSLContext:
    """Return a client's side of TLS that trusts the certificate and nothing else."""
    return ssl.create_default_context(cafile=folder / CHAIN)
