"""A handler of all events in all namespaces; given: sio, seen."""
# ruff: noqa: F821


@sio.on("*", namespace="*")
def any_event_any_namespace(event, namespace, sid, data):
    seen.append([event, namespace, sid, data])
