"""`http/compression.py`: what `Accept-Encoding` asks for, and the codings themselves."""

import gzip
import zlib

import pytest

from sio_core.http.compression import Encoding, compress, negotiate


@pytest.mark.parametrize(
    ("header", "encoding"),
    [
        ("", None),
        ("gzip, deflate, br", "gzip"),
        ("deflate", "deflate"),
        ("GZIP", "gzip"),
        ("x-gzip", "gzip"),
        ("gzip;q=0.5, deflate;q=0.8", "deflate"),
        ("gzip; q=0.5 , deflate;q=0.5", "gzip"),
        ("gzip;q=0", None),
        ("gzip;q=0.000, deflate;q=0.001", "deflate"),
        ("br", None),
        ("*", "gzip"),
        ("gzip;q=0, *", "deflate"),
        ("*;q=0", None),
        ("identity", None),
        ("identity, gzip", "gzip"),
        ("identity;q=1, gzip;q=0.5", None),
        ("identity;q=0.5, gzip;q=1", "gzip"),
        ("identity;q=0, gzip;q=0.1", "gzip"),
        (", ,gzip", "gzip"),
        ("gzip;level=9", "gzip"),
        ("gzip;q=nonsense", None),
        ("gzip;q=", None),
        ("gzip;q=2", None),
        ("gzip;q=0.1234", None),
        ("gzip;q=1.000", "gzip"),
        ("gzip;q=1.5", "gzip"),
        ("gzip;q=-1", None),
    ],
)
def test_negotiation(header: str, encoding: Encoding | None) -> None:
    assert negotiate(header) == encoding


def test_both_codings_can_be_read_and_are_repeatable() -> None:
    body = b"4hello" * 500
    packed = compress(body, "gzip")
    assert gzip.decompress(packed) == body
    assert packed[4:8] == bytes(4)  # no time in the header
    assert compress(body, "gzip") == packed
    # HTTP's "deflate" is the zlib format (RFC 9110, section 8.4.1.2).
    assert zlib.decompress(compress(body, "deflate")) == body
