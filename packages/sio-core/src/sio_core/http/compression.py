"""HTTP content coding of polling responses.

RFC 9110, section 12.5.3 (`Accept-Encoding`) and section 8.4.1 (the codings).
"""

from __future__ import annotations

import zlib
from typing import Final, Literal

Encoding = Literal["gzip", "deflate"]

# In the order of preference among codings that the client likes equally.
_OFFERED: Final[tuple[Encoding, ...]] = ("gzip", "deflate")
# `zlib` window bits: 15 for the zlib format, which HTTP calls "deflate", and 16
# more for gzip. Its gzip header has no time in it: same body, same bytes.
_WINDOW: Final = {"gzip": 31, "deflate": 15}


def negotiate(accept_encoding: str) -> Encoding | None:
    """Return the coding that the client likes best, or None for none (identity).

    `accept_encoding` is the value of the request header; empty when missing.
    """
    weights = _weights(accept_encoding)
    anything = weights.get("*", 0.0)
    best: Encoding | None = None
    # Codings that are not listed are acceptable when `*` is; identity always
    # is unless refused, and loses only when something else weighs as much.
    best_weight = weights.get("identity", 0.0)
    for encoding in _OFFERED:
        weight = weights.get(encoding, anything)
        if weight > best_weight or (best is None and weight == best_weight > 0):
            best, best_weight = encoding, weight
    return best


def _weights(accept_encoding: str) -> dict[str, float]:
    weights: dict[str, float] = {}
    for element in accept_encoding.lower().split(","):
        name, *parameters = (part.strip() for part in element.split(";"))
        if not name:
            continue
        weight = 1.0
        for parameter in parameters:
            if parameter.startswith("q="):
                weight = _weight(parameter[2:])
        # RFC 9110, section 8.4.1.3: "x-gzip" is equivalent to "gzip".
        weights["gzip" if name == "x-gzip" else name] = weight
    return weights


def _weight(text: str) -> float:
    # RFC 9110, section 12.4.2: 0 to 1 with up to three decimals.
    whole, _, decimals = text.partition(".")
    digits = whole + decimals
    if len(digits) > 4 or not (digits.isascii() and digits.isdigit()) or whole not in ("0", "1"):
        return 0.0  # malformed: as if refused
    return min(float(text), 1.0)


def compress(body: bytes, encoding: Encoding) -> bytes:
    """Return `body` in the given content coding."""
    # Level 6, the default, and the default memory (256 KiB, freed on return).
    compressor = zlib.compressobj(wbits=_WINDOW[encoding])
    return compressor.compress(body) + compressor.flush()
