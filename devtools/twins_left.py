"""The lines of both colours that are neither signatures nor I/O, and why they are there twice.

`tests/test_twins.py` holds this to what there is: it fails for a line that is not here, and for one
that is not there any more. A line that stands twice in each colour is here twice.
"""

MESSAGES = "on the way of each message: a function that both share would be one call more"
LIKENESS = "one line of functions that do different things"
LINE = "one line of a function that is of one colour: a call in its place would be one line, too"

LEFT: dict[str, dict[str, tuple[str, ...]]] = {
    "sio-server": {
        MESSAGES: (
            # `emit`
            "target = room if to is None else to",
            "if target is not None and type(target) is not str:",
            # `Entrance.call`, `Entrance.receive`
            "result = method(*args, **kwargs)",
            "return result",
            # `receive` of a WebSocket
            "if size > LONG:",
            "self._slice_left -= 1 + (size >> LARGE)",
            # What takes the output of a WebSocket
            "link = self._link",
            # The dispatchers
            "load: ClientLoad = socket.session.driver",
            "if event.ack_id is not None:",
        ),
        LIKENESS: (
            "event = self._event",
            "except BaseException:",
            "except BaseException as error:",
            "except Exception as error:",
            "except Exception as error:",
            "except Exception as error:",
            "for event in events:",
            "self._forget_timer()",
            "self._link.blocked = True",
        ),
        LINE: (
            "self._broken = True",
            "self._socket = socket",
        ),
    },
    "sio-client": {
        MESSAGES: (
            # `emit`
            'driver, core, name = self._driver, self._core, namespace or "/"',
            "if callback is None:",
            "callback.ack_id = ack_id",
            # `Driver.send`, `Driver.enter`
            "result = method(*args, **kwargs)",
            "line = self.line",
            "line = self.line",
            "if line is not None:",
            "if line is None:",
            "return result",
            "if events:",
            "self._report(events)",
            # What the driver reports
            "for event in events:",
            "self._noted(event)",
            "if type(event) is ServerEventReceived:",
        ),
        LIKENESS: (
            "self._left.clear()",
            "due = self._look_at_deadlines()",
        ),
        LINE: (
            "self._left = deque(addresses)",
            "self.outbound_full = False",
            "return self",
            "return sock",
            "return value",
        ),
    },
    "sio-server, one file": {
        MESSAGES: (
            # `emit` of the managers
            "if self._local is None:",
            "rooms = [room] if to is None and type(room) is str else recipients(to, room)",
            "skip = () if skip_sid is None else sids(skip_sid)",
            "emit = Emit(event, event_args(data), namespace, rooms, skip, token=callback)",
            # The handlers of a server of Engine.IO
            "if counted is not None:",
            "if counted is not None:",
        ),
        LINE: (
            "pass_on()",
            "self._signals.start()",
        ),
    },
    "sio-client, one file": {
        MESSAGES: (
            # `send_message`
            "driver, core = self._driver, self._core",
            "assert isinstance(core, MessageClient)",
        ),
    },
    "sio-amqp and sio-kombu": {
        LIKENESS: ("except TimeoutError:",),
        LINE: ("return found",),
    },
}
"""By package, as `COLOURS` of `twins` names it."""
