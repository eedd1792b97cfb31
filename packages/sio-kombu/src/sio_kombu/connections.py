"""What an application chose for kombu, and the connections, exchanges and queues it makes."""

from __future__ import annotations

import inspect
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from importlib.metadata import metadata
from typing import Any

from kombu.connection import Connection
from kombu.entity import Exchange, Queue
from kombu.exceptions import KombuError
from kombu.messaging import Producer
from kombu.transport import TRANSPORT_ALIASES
from kombu.transport.pyamqp import Transport

from sio_server.managers.cluster.amqp_names import EXPIRES
from sio_server.managers.cluster.broker import BrokerError

ANSWER_SECONDS = 3.0
"""Seconds that a broker may take to answer, also when a connection is made."""

HEARTBEAT_SECONDS = 10
"""Seconds after which the broker and this process check each other, unless options say."""

ERRORS: tuple[type[Exception], ...] = (
    OSError,
    KombuError,
    *Transport.connection_errors,
    *Transport.channel_errors,
)

SHARED = {"name", "type", "channel"}
"""Arguments of an exchange that all who share a channel agree on."""


@contextmanager
def as_broker_errors(errors: tuple[type[Exception], ...] = ()) -> Iterator[None]:
    """Raise `BrokerError` for what kombu raises; `errors` are those of the transport."""
    try:
        yield
    except BrokerError:
        raise
    except TimeoutError as error:
        raise BrokerError("the broker does not answer in time") from error
    except ERRORS + errors as error:
        raise BrokerError(str(error) or type(error).__name__) from error
    except (AttributeError, TypeError, ValueError) as error:
        # `close` of another thread took the connection away.
        raise BrokerError("the connection has ended") from error


def end_connection(connection: Any, errors: tuple[type[Exception], ...] = ()) -> None:
    """Close a connection, which the thread that waits for it may be closing at the same moment.

    `errors` are those of the transport.
    """
    with suppress(BrokerError), as_broker_errors(errors):
        connection.collect()


@dataclass(frozen=True, slots=True)
class Settings:
    """The arguments of a `KombuManager` that are for kombu."""

    url: str = field(repr=False)
    channel: str
    connection_options: Mapping[str, Any] = field(repr=False)
    exchange_options: Mapping[str, Any]
    queue_options: Mapping[str, Any]
    producer_options: Mapping[str, Any]

    @property
    def is_amqp(self) -> bool:
        """Whether the broker is one of AMQP 0-9-1 by py-amqp, which can route."""
        return bool(self.connection(heartbeat=0).transport.driver_name == "py-amqp")

    def connection(self, heartbeat: float) -> Any:
        """Return a connection that is not made yet; `heartbeat` is for lack of another one."""
        options = {
            "connect_timeout": ANSWER_SECONDS,
            "heartbeat": heartbeat,
            **self.connection_options,
        }
        return Connection(self.url, **options)

    def exchange(self) -> Any:
        """Return the exchange of python-socketio."""
        return Exchange(
            self.channel, **{"type": "fanout", "durable": False, **self.exchange_options}
        )

    def queue(self, exchange: Any) -> Any:
        """Return a queue for this process, which ends with its connection."""
        options = {
            "durable": False,
            "auto_delete": True,
            "queue_arguments": EXPIRES,
            **self.queue_options,
        }
        return Queue(f"python-socketio.{uuid.uuid4()}", exchange, **options)

    def check(self) -> None:
        """Raise `ValueError` for what cannot be; nothing is connected, no password is shown."""
        _check_names(
            "exchange_options",
            self.exchange_options,
            {name for name, _ in Exchange.attrs} - SHARED,
        )
        _check_names(
            "queue_options",
            self.queue_options,
            {name for name, _ in Queue.attrs} - {"name", "exchange", "alias", "bindings"},
        )
        _check_names(
            "producer_options",
            self.producer_options,
            # A compressed message is one that the other managers do not read.
            set(inspect.signature(Producer).parameters) - {"channel", "exchange", "compression"},
        )
        _check_names(
            "connection_options",
            self.connection_options,
            # The last one is what is not named in the signature.
            set(inspect.signature(Connection).parameters) - {"hostname", "kwargs"},
        )
        scheme = self.url.partition("://")[0]
        try:
            connection = self.connection(heartbeat=0)
            connection.transport.driver_name  # noqa: B018 -- its class is imported
        except Exception as error:  # whatever a broker of kombu raises that is not installed
            reason = type(error).__name__
            if isinstance(error, ImportError):
                reason = f"{error}{_what_brings(scheme)}"
            raise ValueError(
                f"kombu has no broker for the address {scheme[:20]}: {reason}"
            ) from None


def _what_brings(scheme: str) -> str:
    """Return what to install for the addresses of `scheme`, if kombu itself says so."""
    module = str(TRANSPORT_ALIASES.get(scheme, "")).partition(":")[0]
    extra = module.rpartition(".")[2].lower()
    if extra not in (metadata("kombu").get_all("Provides-Extra") or ()):
        return ""
    return f"; what it takes comes with pip install 'kombu[{extra}]'"


def _check_names(where: str, options: Mapping[str, Any], known: set[str]) -> None:
    for name in options:
        if name not in known:
            raise ValueError(f"{where} cannot have {name!r}; kombu has {', '.join(sorted(known))}")
