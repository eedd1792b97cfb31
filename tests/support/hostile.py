"""A Socket.IO host that misbehaves on purpose, step by step, and records what it was sent.

It runs in the test's own event loop. Tests put acts into `script`, one for each time that a step
comes; where the script has none, or None, the host behaves. It never pings unless `ping` is called.
"""

import asyncio
import json
import ssl
from collections import defaultdict, deque
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

from tests.support.host_application import Application, Session
from tests.support.misbehaviour import (
    Act,
    Cut,
    Deaf,
    Finish,
    Garbage,
    Hang,
    Late,
    Raw,
    Refuse,
    Reset,
    Restart,
    Step,
    Wrong,
)
from tests.support.wire import (
    CLOSE,
    PING,
    PONG,
    TEXT,
    Gone,
    Request,
    Wire,
    answer,
    frame,
    switching,
)

SEPARATOR = "\x1e"
STRANGER = b'{"code":1,"message":"Session ID unknown"}'


class Host:
    """A host on a free port of the loopback interface; use it with `async with`.

    `events` are those that clients emitted, and acknowledgements are in `answers`.
    """

    def __init__(self, **offer: Any) -> None:
        self.script: dict[Step, deque[Act]] = defaultdict(deque)
        self.offer = {
            "upgrades": ["websocket"],
            "pingInterval": 25000,
            "pingTimeout": 20000,
            "maxPayload": 1_000_000,
            **offer,
        }
        self.application = Application(self.send)
        self.events, self.answers = self.application.events, self.application.answers
        self.set_cookies: list[str] = []
        self.encoding = ""
        self.asked: list[tuple[Wire, Request]] = []
        self.sessions: dict[str, Session] = {}
        self.wires: list[Wire] = []
        self.tasks: set[asyncio.Task[Any]] = set()
        self.left: list[str] = []  # the sessions that said goodbye
        self._changed = asyncio.Event()
        self.port = 0
        self.secure = False
        self._released = asyncio.Event()
        self._stopped = asyncio.Event()  # never set: hosts end by cancelling
        self._server: asyncio.Server | None = None
        self._ids = 0

    @property
    def requests(self) -> list[Request]:
        """Every request, in order."""
        return [request for _, request in self.asked]

    # Life -------------------------------------------------------------------

    @property
    def url(self) -> str:
        """Where the host is."""
        return f"http{'s' if self.secure else ''}://127.0.0.1:{self.port}"

    async def start(self, context: ssl.SSLContext | None = None) -> Self:
        """Listen, on the port that the host had before if it had one."""
        self.secure = context is not None
        self._server = await asyncio.start_server(
            self._connected, "127.0.0.1", self.port, ssl=context
        )
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aenter__(self) -> Self:
        return self if self._server is not None else await self.start()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()
        if error is None:
            assert not self.complaints

    async def stop(self) -> None:
        """Stop to listen, and reset every connection."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for wire in self.wires:
            wire.reset()
        for task in self.tasks:
            task.cancel()
        if self.tasks:
            await asyncio.wait(self.tasks)
        self.sessions.clear()

    @property
    def complaints(self) -> list[str]:
        """What clients did that they should never do."""
        return [complaint for wire in self.wires for complaint in wire.complaints]

    def misbehave(self, step: Step, *acts: Act) -> None:
        """Have the next times of `step` go as the acts say, a poll that waits included."""
        self.script[step].extend(acts)
        for session in self.sessions.values():
            session.ready.set()

    def release(self) -> None:
        """Have every answer that is late go out."""
        self._released.set()

    async def until(self, condition: Callable[[], Any], seconds: float = 30) -> None:
        """Wait until `condition` is true; it is looked at after everything that happens."""
        async with asyncio.timeout(seconds):
            while not condition():
                await self._changed.wait()
                self._changed.clear()

    # What the host says by itself -------------------------------------------

    @property
    def session(self) -> Session:
        """The newest session."""
        return next(reversed(self.sessions.values()))

    def emit(self, *args: Any, namespace: str = "/", ack: int | None = None) -> None:
        """Send an event to the newest session."""
        place = "" if namespace == "/" else namespace + ","
        number = "" if ack is None else str(ack)
        self.send(self.session, f"42{place}{number}{json.dumps(args)}")

    def ping(self) -> None:
        """Ping the newest session, as the script has it."""
        self.send(self.session, "2", self._act(Step.HEARTBEAT))

    def send(self, session: Session, packet: str | bytes, act: Act = None) -> None:
        """Send a packet by the transport that the session has."""
        if act is not None:
            if session.wire is None:
                # The next answer to a poll is what carries it.
                self.script[Step.POLL].appendleft(act)
            else:
                self._through(session.wire, packet, act)
                return
        if session.wire is None:
            session.waiting.append(packet)
            session.ready.set()
        else:
            session.wire.write(frame(packet))

    def forget(self) -> None:
        """Lose every session."""
        for session in self.sessions.values():
            session.over = True
            session.ready.set()
            for wire in (session.wire, session.candidate):
                if wire is not None:
                    wire.reset()
        self.sessions.clear()

    # Connections ------------------------------------------------------------

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.tasks.add(task)
        wire = Wire(reader, writer)
        self.wires.append(wire)
        try:
            while True:
                request = await wire.request()
                self.asked.append((wire, request))
                self._changed.set()
                await self._respond(wire, request)
                self._changed.set()
        except (Gone, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()
            self.tasks.discard(task)
            self._changed.set()

    async def _respond(self, wire: Wire, request: Request) -> None:
        sid = request.query.get("sid")
        if sid is None:
            await self._handshake(wire, request)
        elif sid not in self.sessions:
            wire.write(answer(400, STRANGER, ("Content-Type", "application/json")))
        elif request.websocket:
            await self._opening(wire, request, self.sessions[sid])
        elif request.method == "POST":
            await self._post(wire, request, self.sessions[sid])
        else:
            await self._poll(wire, self.sessions[sid])

    def _act(self, step: Step) -> Act:
        self._changed.set()
        return self.script[step].popleft() if self.script[step] else None

    async def _do(self, act: Act, wire: Wire, right: bytes, wrong: Callable[..., bytes]) -> None:
        """Answer as the act says; `right` is what it should have been, `wrong` makes others."""
        match act:
            case None:
                wire.write(right)
            case Refuse(status, body):
                wire.write(answer(status, body))
            case Hang():
                await wire.hang_up_awaited()
            case Deaf():
                wire.writer.transport.pause_reading()  # type: ignore[attr-defined]
                await self._stopped.wait()
            case Late():
                await wire.first(self._released)
                wire.write(right)
            case Reset():
                wire.reset()
                raise Gone
            case Finish():
                wire.close()
                raise Gone
            case Garbage(data) | Raw(data):
                wire.write(data)
            case Cut():
                wire.write(right[: len(right) - max(1, len(right.partition(b"\r\n\r\n")[2]) // 2)])
                await wire.writer.drain()
                wire.close()
                await wire.writer.wait_closed()
                raise Gone
            case Wrong(packets):
                wire.write(wrong(packets))
            case Restart():
                self.forget()
                wire.write(answer(400, STRANGER))

    def _ok(self, body: str | bytes, *headers: tuple[str, str]) -> bytes:
        data = body.encode() if isinstance(body, str) else body
        kind = ("Content-Type", "text/plain; charset=UTF-8")
        return answer(200, data, kind, *headers, encoding=self.encoding)

    # Steps over HTTP ----------------------------------------------------------

    async def _handshake(self, wire: Wire, request: Request) -> None:
        act = self._act(Step.HANDSHAKE)
        self._ids += 1
        session = Session(f"secret-{self._ids}")
        upgrades = [] if request.websocket else self.offer["upgrades"]
        opened = "0" + json.dumps({**self.offer, "sid": session.sid, "upgrades": upgrades})
        cookies = [("Set-Cookie", cookie) for cookie in self.set_cookies]
        if act is None or isinstance(act, Late):
            self.sessions[session.sid] = session
        if not request.websocket:
            await self._do(act, wire, self._ok(opened, *cookies), self._ok)
            return
        head = switching(request, *cookies)

        def wrong(packets: str | bytes) -> bytes:
            return head + frame(packets)

        session.wire = wire
        await self._do(act, wire, wrong(opened), wrong)
        await self._websocket(session, wire)

    async def _poll(self, wire: Wire, session: Session) -> None:
        while not (session.waiting or session.over or self.script[Step.POLL]):
            if session.upgrading:
                # As Node.js has it: the poll ends, so that the client can go over.
                await asyncio.sleep(0.02)
                break
            await wire.first(session.ready)
            session.ready.clear()
        act = self._act(Step.POLL)
        if session.over and act is None:
            wire.write(answer(400, STRANGER))
            return
        if isinstance(act, Reset | Finish):
            if act.acted:  # what was in the answer is lost, and the session with it
                self._end(session)
            await self._do(act, wire, b"", self._ok)
        packets, session.waiting = session.waiting or ["6"], []
        body = SEPARATOR.join(p if isinstance(p, str) else "b" + p.hex() for p in packets)
        await self._do(act, wire, self._ok(body), self._ok)

    async def _post(self, wire: Wire, request: Request, session: Session) -> None:
        act = self._act(Step.POST)
        if act is None or isinstance(act, Late | Cut) or getattr(act, "acted", False):
            for packet in request.body.decode().split(SEPARATOR):
                self._received(session, packet)
        await self._do(act, wire, self._ok("ok"), self._ok)

    # Steps through a WebSocket ------------------------------------------------

    async def _opening(self, wire: Wire, request: Request, session: Session) -> None:
        def wrong(packets: str | bytes) -> bytes:
            return switching(request) + frame(packets)

        session.candidate = wire
        try:
            await self._do(self._act(Step.OPENING), wire, switching(request), wrong)
            while session.wire is not wire:
                await self._candidate_frame(session, wire)
        finally:
            session.upgrading = False
        await self._websocket(session, wire)

    async def _candidate_frame(self, session: Session, wire: Wire) -> None:
        opcode, payload = await wire.frame()
        if opcode == CLOSE:
            wire.write(frame(payload, CLOSE))
            raise Gone
        if payload == b"2probe":
            # No poll begins to wait from here on, and the one that waits ends.
            session.upgrading = True
            session.ready.set()
            await self._frame_act(wire, "3probe", self._act(Step.PROBE))
        elif payload == b"5":
            act = self._act(Step.UPGRADE)
            session.wire = wire
            await self._frame_act(wire, "6", act)
            waiting, session.waiting = session.waiting, []
            for packet in waiting:
                wire.write(frame(packet))
            self._changed.set()

    async def _frame_act(self, wire: Wire, packet: str, act: Act) -> None:
        if isinstance(act, Refuse | Restart):
            wire.write(frame((1011).to_bytes(2, "big"), CLOSE))
            await wire.hang_up_awaited()
        right = b"" if act is None and packet == "6" else frame(packet)
        await self._do(act, wire, right, frame)

    def _through(self, wire: Wire, packet: str | bytes, act: Act) -> None:
        """Misbehave on a WebSocket while another task reads from it."""
        right = frame(packet)
        match act:
            case Reset() | Restart():
                self.forget()
                wire.reset()
            case Finish():
                wire.close()
            case Cut():
                wire.write(right[:-1])
                wire.close()
            case Garbage(data) | Raw(data):
                wire.write(data)
            case Wrong(packets):
                wire.write(frame(packets))
            case Refuse():
                wire.write(frame((1011).to_bytes(2, "big"), CLOSE))
            case _:
                assert isinstance(act, Hang), act

    async def _websocket(self, session: Session, wire: Wire) -> None:
        while True:
            opcode, payload = await wire.frame()
            if opcode == PING:
                wire.write(frame(payload, PONG))
            elif opcode == CLOSE:
                wire.write(frame(payload, CLOSE))
                self._goodbye(session)
                raise Gone
            else:
                act = self._act(Step.FRAME)
                if act is not None:
                    if getattr(act, "acted", False) and opcode == TEXT:
                        self._received(session, payload.decode())
                    await self._frame_act(wire, "2", act)
                elif opcode == TEXT:
                    self._received(session, payload.decode())
            self._changed.set()

    # Packets ------------------------------------------------------------------

    def _goodbye(self, session: Session) -> None:
        self.left.append(session.sid)
        self._end(session)

    def _end(self, session: Session) -> None:
        self.sessions.pop(session.sid, None)
        session.over = True
        session.ready.set()

    def _received(self, session: Session, packet: str) -> None:
        if packet == "1":
            self._goodbye(session)
        elif packet.startswith("3"):
            session.pongs += 1
        elif packet.startswith("4"):
            self.application.message(session, packet[1:])
