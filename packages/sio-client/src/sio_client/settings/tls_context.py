"""TLS contexts from what HTTP libraries let one say: verification, authorities, a certificate.

To make one takes tens of milliseconds and most of a megabyte, as it reads the authorities
of the system. So equal ones are made once a process, and made again when their files change.
"""

from __future__ import annotations

import os
import ssl
import threading
from collections.abc import Hashable
from os import PathLike, fspath, path
from typing import Any, Final, TypeAlias

File: TypeAlias = str | PathLike[str]
Certificate: TypeAlias = File | tuple[File, File] | None
"""A file with a certificate and its key, or a file for each."""

_MOST_KEPT: Final = 16
"""Contexts that are kept: a process seldom has more than two kinds."""


def for_clients(context: ssl.SSLContext) -> ssl.SSLContext:
    """The context itself. Raises `ValueError` for one that only servers can use."""
    if context.protocol is ssl.PROTOCOL_TLS_SERVER:
        raise ValueError(
            "this SSLContext is one for servers: "
            "make it with ssl.create_default_context(), without ssl.Purpose.CLIENT_AUTH"
        )
    return context


class Contexts:
    """`Contexts` keeps TLS contexts by what they were made of; any thread may ask for one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._made: dict[Hashable, ssl.SSLContext] = {}

    def made(
        self, verify: bool | File = True, certificate: Certificate = None, names: bool = True
    ) -> ssl.SSLContext | None:
        """`get` without waiting: None for a context that would have to be made."""
        return self._made.get(_key(verify, certificate, names))

    def get(
        self, verify: bool | File = True, certificate: Certificate = None, names: bool = True
    ) -> ssl.SSLContext:
        """The context for such connections; do not change it, as others use it.

        `verify` is a file or a folder of certificate authorities, or whether the server's
        certificate is verified at all; `names` is whether it has to be for the server's
        name. Raises `OSError` for files that cannot be read.
        """
        key = _key(verify, certificate, names)
        with self._lock:
            context = self._made.get(key)
            if context is None:
                context = _new(verify, certificate, names)
                if len(self._made) >= _MOST_KEPT:
                    del self._made[next(iter(self._made))]
                self._made[key] = context
        return context

    def clear(self) -> None:
        """Forget all contexts; connections go on with theirs."""
        self._made.clear()


CONTEXTS: Final = Contexts()


def _key(verify: bool | File, certificate: Certificate, names: bool) -> Hashable:
    """What the context depends on: the files with their state, so that a new one is noticed."""
    environment = (os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))
    authorities = () if isinstance(verify, bool) else (verify,)
    files = (*authorities, *_files(certificate), *filter(None, environment))
    return verify, certificate, names, environment, tuple(map(_state, files))


def _files(certificate: Certificate) -> tuple[File, ...]:
    if certificate is None:
        return ()
    return certificate if isinstance(certificate, tuple) else (certificate,)


def _state(file: File) -> Hashable:
    try:
        found = os.stat(file)
    except OSError:
        return None  # reading the file raises what is wrong with it
    return found.st_ino, found.st_size, found.st_mtime_ns


def _new(verify: bool | File, certificate: Certificate, names: bool) -> ssl.SSLContext:
    if isinstance(verify, bool):
        context = ssl.create_default_context()
    else:
        name, folder = fspath(verify), path.isdir(verify)
        context = ssl.create_default_context(
            cafile=None if folder else name, capath=name if folder else None
        )
    if not (names and verify):
        context.check_hostname = False
    if not verify:
        context.verify_mode = ssl.CERT_NONE
    if files := _files(certificate):
        context.load_cert_chain(*[fspath(file) for file in files])
    return context


class Unverified(ssl.SSLContext):
    """An `Unverified` is a TLS context that verifies no server.

    It has the client certificate of the context `inner`.
    The other one stays as it is, for others may verify with it.
    """

    inner: ssl.SSLContext

    @classmethod
    def of(cls, context: ssl.SSLContext) -> ssl.SSLContext:
        """Return `context` if it verifies no server, else such a one with its certificate."""
        if context.verify_mode is ssl.CERT_NONE:
            return context
        made = cls(ssl.PROTOCOL_TLS_CLIENT)
        made.inner = context
        made.check_hostname = False
        made.verify_mode = ssl.CERT_NONE
        made.options = context.options
        made.minimum_version = context.minimum_version
        made.maximum_version = context.maximum_version
        return made

    def wrap_bio(self, *args: Any, **kwargs: Any) -> ssl.SSLObject:
        """Begin TLS on two buffers."""
        made = super().wrap_bio(*args, **kwargs)
        # There is no way to copy a certificate from one context to another. A connection that goes
        # over to another context takes its certificate, and goes on to verify as it began.
        made.context = self.inner
        return made
