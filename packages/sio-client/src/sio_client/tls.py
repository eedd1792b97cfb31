"""TLS contexts from what HTTP libraries let one say: verification, authorities, a certificate."""

from __future__ import annotations

import ssl
from os import fspath, path
from typing import Any, TypeAlias

Certificate: TypeAlias = str | tuple[str, str] | None
"""A file with a certificate and its key, or a file for each."""


def for_clients(context: ssl.SSLContext) -> ssl.SSLContext:
    """The context itself. Raises `ValueError` for one that only servers can use."""
    if context.protocol is ssl.PROTOCOL_TLS_SERVER:
        raise ValueError(
            "this SSLContext is one for servers: "
            "make it with ssl.create_default_context(), without ssl.Purpose.CLIENT_AUTH"
        )
    return context


def tls_context(
    verify: bool | str = True, certificate: Certificate = None
) -> ssl.SSLContext | None:
    """A context, or None where the default one does.

    `verify` is a file or a folder of certificate authorities, or whether the server's
    certificate is verified at all. Raises `OSError` for files that cannot be read.
    """
    if verify is True and certificate is None:
        return None
    if isinstance(verify, str):
        folder = path.isdir(verify)
        context = ssl.create_default_context(
            cafile=None if folder else verify, capath=verify if folder else None
        )
    else:
        context = ssl.create_default_context()
        if not verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
    if isinstance(certificate, str):
        context.load_cert_chain(fspath(certificate))
    elif certificate is not None:
        context.load_cert_chain(*certificate)
    return context


class Unverified(ssl.SSLContext):
    """A context that verifies nobody, with the client certificate of another one, `inner`.

    The other one stays as it is, for others may verify with it.
    """

    inner: ssl.SSLContext

    @classmethod
    def of(cls, context: ssl.SSLContext) -> ssl.SSLContext:
        """The context itself if it verifies nobody, else one with its certificate that does not."""
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
