"""A handler for any event of any namespace; given: sio, seen."""
# ruff: noqa: F821


@sio.on("*", namespace="*")
def any_event_any_namespace(event, namespace, sid, data):
    seen.append((event, namespace, data))
