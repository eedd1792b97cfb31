"""A handler for one event of any namespace; given: sio, seen."""
# ruff: noqa: F821


@sio.on("my_event", namespace="*")
def my_event_any_namespace(namespace, sid, data):
    seen.append((namespace, data))
