"""TLS without I/O: the layers between what a pipe carries and what its socket does."""

from __future__ import annotations

import ssl

CHUNK = 65536


class TLSLayer:
    """A `TLSLayer` is the client's side of one TLS connection, in memory.

    Give it what came with `feed`, then `read`; take what is to be sent with `take`.
    """

    def __init__(self, context: ssl.SSLContext, server_name: str) -> None:
        self.established = False
        self._in = ssl.MemoryBIO()
        self._out = ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._in, self._out, server_hostname=server_name)
        self._unsent = b""

    def feed(self, data: bytes, ended: bool) -> None:
        """Bytes came, and perhaps the end of the connection."""
        if data:
            self._in.write(data)
        if ended:
            self._in.write_eof()

    def handshake(self) -> bool:
        """Go on with the handshake. Returns true once it is over; raises `OSError` if it failed."""
        if not self.established:
            try:
                self._tls.do_handshake()
            except ssl.SSLWantReadError:
                return False
            self.established = True
        return True

    def read(self) -> tuple[bytes, bool]:
        """What arrived, and whether nothing more will. Raises `OSError` for what is no TLS."""
        parts: list[bytes] = []
        ended = False
        try:
            while data := self._tls.read(CHUNK):
                parts.append(data)
            ended = True
        except ssl.SSLWantReadError:
            pass
        except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
            ended = True
        if self._unsent:
            self.write(b"")
        return b"".join(parts), ended

    def write(self, data: bytes) -> None:
        """Encrypt what is to be sent."""
        data, self._unsent = self._unsent + data, b""
        if data:
            try:
                self._tls.write(data)
            except ssl.SSLWantReadError:
                self._unsent = data  # the peer renegotiates: wait for its next message

    def say_goodbye(self) -> None:
        """Tell the peer that this was all."""
        try:
            self._tls.unwrap()
        except OSError:
            return  # the peer has not answered, which does not matter

    def take(self) -> bytes:
        """What is to be sent."""
        return self._out.read()


class TLSLayers:
    """`TLSLayers` has the TLS connections of one pipe: to a proxy, and within that to the server.

    Without any, bytes stay what they are.
    """

    def __init__(self) -> None:
        self.layers: list[TLSLayer] = []

    def begin(self, context: ssl.SSLContext, server_name: str) -> None:
        """Begin TLS within what there is. Raises `OSError` or `ValueError` if that cannot be."""
        self.layers.append(TLSLayer(context, server_name))
        self.layers[-1].handshake()

    @property
    def established(self) -> bool:
        """True once the innermost TLS connection stands."""
        return bool(self.layers) and self.layers[-1].established

    def say_goodbye(self) -> None:
        """Tell the peer of the innermost TLS connection that this was all."""
        if self.layers:
            self.layers[-1].say_goodbye()

    def encrypt(self, data: bytes) -> bytes:
        """The bytes for the socket: `data`, and what TLS has to say by itself."""
        for layer in reversed(self.layers):
            layer.write(data)
            data = layer.take()
        return data

    def decrypt(self, data: bytes, ended: bool) -> tuple[bytes, bool]:
        """What the bytes of the socket, and perhaps its end, mean: data, and whether it was all.

        Raises `OSError` or `ValueError` for what is no TLS.
        """
        for layer in self.layers:
            layer.feed(data, ended)
            data = b""
            if layer.handshake():
                data, over = layer.read()
                ended = ended or over
        return data, ended
