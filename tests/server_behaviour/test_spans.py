"""`sio_server.observing.opentelemetry`: spans, with the SDK of OpenTelemetry."""

from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from sio_server import ConnectionRefusedError
from sio_server.observing.opentelemetry import EmitSpans, HandlerSpans
from tests.server_behaviour.harness import MEMORY, serving


def traced(sio):
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracer = provider.get_tracer("of the application")
    sio.observe(HandlerSpans(sio, tracer_provider=provider))
    sio.observe(EmitSpans(sio, events=["said"], tracer_provider=provider))

    @sio.event
    def connect(sid, environ, auth):
        if auth == {"name": "stranger"}:
            raise ConnectionRefusedError("not you")
        yield sio.enter_room(sid, "tea")

    @sio.event
    def disconnect(sid, reason):
        yield sio.sleep(0)

    @sio.on("say")
    def say(sid, text):
        yield sio.sleep(0)
        with tracer.start_as_current_span("of the handler"):
            yield sio.sleep(0)
            yield sio.emit("said", text, to=["tea", sid])
        yield sio.emit("said", text, to=sid)

    @sio.on("fail")
    def fail(sid, secret):
        yield sio.sleep(0)
        raise ValueError("of the handler")

    @sio.on("current")
    def current(sid):
        return trace.get_current_span().get_span_context().is_valid

    @sio.on("*")
    def anything(event, sid, *args):
        return 1

    @sio.command
    def spans():
        return [
            {
                "id": span.context.span_id,
                "parent": span.parent and span.parent.span_id,
                "name": span.name,
                "kind": span.kind.name,
                "status": span.status.status_code.name,
                "events": [event.name for event in span.events],
                "attributes": {
                    key: list(value) if isinstance(value, tuple) else value
                    for key, value in (span.attributes or {}).items()
                },
            }
            for span in exporter.get_finished_spans()
        ]


def of(server, event, name="receive /"):
    """The spans of an event, once there is one."""

    def found():
        return [
            span
            for span in server.do("spans")
            if span["name"] == name
            and span["attributes"].get("messaging.socket.io.event_name") == event
        ]

    server.until(found, f"a span of {event}")
    return found()


@serving(traced, modes=MEMORY)
def test_each_handler_has_a_span(client, server):
    (connected,) = of(server, "connect")
    assert connected["kind"] == SpanKind.CONSUMER.name
    assert connected["status"] == StatusCode.UNSET.name
    assert connected["attributes"] == {
        "messaging.system": "socket.io",
        "messaging.destination": "/",
        "messaging.operation": "receive",
        "messaging.socket.io.namespace": "/",
        "messaging.socket.io.event_name": "connect",
    }
    assert client.ask("current") == [True]
    (span,) = of(server, "current")
    assert span["attributes"]["messaging.socket.io.rooms"] == ["tea"]
    client.send("41")
    of(server, "disconnect")


@serving(traced, modes=MEMORY)
def test_spans_of_the_application_and_of_what_it_sends_are_children(client, server):
    client.emit("say", "hello")
    for _ in range(2):
        assert client.event() == ["said", "hello"]
    (handler,) = of(server, "say")
    (inner,) = (span for span in server.do("spans") if span["name"] == "of the handler")
    first, second = of(server, "said", "send /")
    assert inner["parent"] == second["parent"] == handler["id"]
    assert first["parent"] == inner["id"]
    assert first["kind"] == SpanKind.PRODUCER.name
    assert first["attributes"]["messaging.socket.io.rooms"] == ["tea"]
    assert "messaging.socket.io.rooms" not in second["attributes"]
    assert second["attributes"]["messaging.destination_kind"] == "topic"


@serving(traced, modes=MEMORY, complaints=True)
def test_what_a_handler_raises_is_on_its_span(client, server):
    client.emit("fail", "a secret")
    (span,) = of(server, "fail")
    assert (span["status"], span["events"]) == (StatusCode.ERROR.name, ["exception"])
    assert "a secret" not in str(server.do("spans"))


@serving(traced, modes=MEMORY)
def test_a_refusal_is_no_error(stranger, server):
    stranger.refused("/", {"name": "stranger"})
    (span,) = of(server, "connect")
    assert (span["status"], span["events"]) == (StatusCode.UNSET.name, [])


@serving(traced, modes=MEMORY)
def test_what_only_a_peer_names_is_not_named_and_no_id_is_there(client, server):
    client.ask("made up")
    of(server, "*")
    assert "made up" not in str(server.do("spans"))
    assert client.sid not in str(server.do("spans"))
