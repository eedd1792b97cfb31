"""The addresses of RabbitMQ that a manager takes: `amqp://` and `amqps://`."""

from __future__ import annotations

from yarl import URL

HEARTBEAT_SECONDS = 10
"""Seconds after which the broker and this process check each other, unless the address says."""

SCHEMES = ("amqp", "amqps")


def read_address(url: str) -> URL:
    """Return the address `url`, with what it leaves out filled in: host, user, heartbeat.

    Raises `ValueError` for what is no address; no password is shown.
    """
    scheme, _, rest = url.partition("://")
    if scheme.lower() not in SCHEMES:
        raise ValueError(f"{scheme[:20]!r} is no address of RabbitMQ: use amqp:// or amqps://")
    if not rest or rest[0] in "/?":
        rest = f"guest:guest@localhost{rest}"
    try:
        address = URL(f"{scheme.lower()}://{rest}")
        port = address.port
    except ValueError:
        raise ValueError(
            "the address of RabbitMQ cannot be read: amqp://user:password@host:port//"
        ) from None
    if not address.host or port == 0:
        raise ValueError("the address of RabbitMQ names no host, or port 0")
    if "heartbeat" not in address.query:
        address = address.update_query(heartbeat=str(HEARTBEAT_SECONDS))
    elif not address.query["heartbeat"].isdecimal():
        raise ValueError("the heartbeat in the address of RabbitMQ is no number of seconds")
    return address
