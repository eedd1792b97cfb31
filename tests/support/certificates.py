"""Certificates for one test run: one of its own, or a small authority with what it has signed."""

import shutil
import ssl
import subprocess
from pathlib import Path
from typing import NamedTuple

from tests.support.components import give_up

EC = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2")


class Certificate(NamedTuple):
    """PEM files."""

    key: Path
    chain: Path


def make_certificate(directory: Path) -> Certificate:
    """Return a new self-signed certificate in `directory`, or skip the test (fail it in CI)."""
    return _make(directory, "", ("-subj", "/CN=localhost"), "subjectAltName=IP:127.0.0.1")


def make_authority(directory: Path, name: str) -> Certificate:
    """Return the certificate of a new authority, which clients may trust."""
    usage = ("basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign,cRLSign")
    return _make(directory, name, ("-subj", f"/CN=test {name}"), *usage)


def sign(authority: Certificate, directory: Path, name: str, alternative: str) -> Certificate:
    """Return a certificate that `authority` has signed; `alternative` is as in `IP:127.0.0.1`."""
    signed_by = ("-CA", str(authority.chain), "-CAkey", str(authority.key))
    extensions = [f"subjectAltName={alternative}", "basicConstraints=CA:FALSE"]
    return _make(directory, name, ("-subj", f"/CN={name}", *signed_by), *extensions)


def server_context(certificate: Certificate, clients: Certificate | None = None) -> ssl.SSLContext:
    """A server's side of TLS; with `clients` only those with a certificate of that authority."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.chain, certificate.key)
    if clients is not None:
        context.load_verify_locations(clients.chain)
        context.verify_mode = ssl.CERT_REQUIRED
    return context


def _make(directory: Path, name: str, arguments: tuple[str, ...], *added: str) -> Certificate:
    openssl = shutil.which("openssl")
    if openssl is None:
        give_up("openssl", "openssl is missing", "apt-get install openssl")
    begin = f"{name}-" if name else ""
    made = Certificate(directory / f"{begin}key.pem", directory / f"{begin}chain.pem")
    command = [openssl, "req", "-x509", *EC, *arguments]
    for extension in added:
        command += ["-addext", extension]
    command += ["-keyout", str(made.key), "-out", str(made.chain)]
    subprocess.run(command, check=True, capture_output=True, stdin=subprocess.DEVNULL)
    return made
