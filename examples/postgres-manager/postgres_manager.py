"""Managers over PostgreSQL's LISTEN and NOTIFY: a broker of your own, in both colours.

    sio = socketio.AsyncServer(client_manager=AsyncPostgresManager("postgresql:///app"))

A notification has less than 8,000 bytes: a longer message waits in a table for whoever listens,
and what is older than a minute is deleted.
"""

import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import psycopg
from psycopg.sql import SQL, Identifier

from sio_server import AsyncPubSubManager, PubSubManager

MAKE = """CREATE UNLOGGED TABLE IF NOT EXISTS socketio_messages (
    id bigserial PRIMARY KEY, message text NOT NULL, stored timestamptz NOT NULL DEFAULT now())"""
DELETE = "DELETE FROM socketio_messages WHERE stored < now() - interval '1 minute'"
STORE = "INSERT INTO socketio_messages (message) VALUES (%s) RETURNING id"
FETCH = "SELECT message FROM socketio_messages WHERE id = %s"
LISTEN = SQL("LISTEN {}")
NOTIFY = "SELECT pg_notify(%s, %s)"
LONGEST = 7_999
"""Bytes of a notification."""


class PostgresManager(PubSubManager):
    """A `PostgresManager` joins blocking servers over the database at `url`."""

    def __init__(self, url: str, channel: str = "socketio", **options: Any) -> None:
        super().__init__(channel, **options)
        self.url = url
        self._writer: psycopg.Connection | None = None

    def _connect(self) -> psycopg.Connection:
        connection = psycopg.connect(self.url, autocommit=True)
        connection.execute(MAKE)
        return connection

    def _publish(self, data: dict[str, Any]) -> None:
        text = json.dumps(data)
        if self._writer is None or self._writer.closed:
            self._writer = self._connect()
        if len(text) > LONGEST:  # ASCII
            self._writer.execute(DELETE)
            text = str(self._writer.execute(STORE, (text,)).fetchone()[0])
        self._writer.execute(NOTIFY, (self.channel, text))

    def _listen(self) -> Iterator[str]:
        with self._connect() as connection, self._connect() as reader:
            connection.execute(LISTEN.format(Identifier(self.channel)))
            for notification in connection.notifies():
                text = notification.payload
                if text.isdecimal():
                    row = reader.execute(FETCH, (int(text),)).fetchone()
                    text = row[0] if row else ""
                yield text


class AsyncPostgresManager(AsyncPubSubManager):
    """An `AsyncPostgresManager` joins asyncio servers over the database at `url`."""

    def __init__(self, url: str, channel: str = "socketio", **options: Any) -> None:
        super().__init__(channel, **options)
        self.url = url
        self._writer: psycopg.AsyncConnection | None = None

    async def _connect(self) -> psycopg.AsyncConnection:
        connection = await psycopg.AsyncConnection.connect(self.url, autocommit=True)
        await connection.execute(MAKE)
        return connection

    async def _publish(self, data: dict[str, Any]) -> None:
        text = json.dumps(data)
        if self._writer is None or self._writer.closed:
            self._writer = await self._connect()
        if len(text) > LONGEST:
            await self._writer.execute(DELETE)
            stored = await self._writer.execute(STORE, (text,))
            text = str((await stored.fetchone())[0])
        await self._writer.execute(NOTIFY, (self.channel, text))

    async def _listen(self) -> AsyncIterator[str]:
        async with await self._connect() as connection, await self._connect() as reader:
            await connection.execute(LISTEN.format(Identifier(self.channel)))
            async for notification in connection.notifies():
                text = notification.payload
                if text.isdecimal():
                    found = await reader.execute(FETCH, (int(text),))
                    row = await found.fetchone()
                    text = row[0] if row else ""
                yield text
