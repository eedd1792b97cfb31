"""A handler of one event in every namespace; given: sio, seen."""
# ruff: noqa: F821


@sio.on("my_event", namespace="*")
def my_event_any_namespace(namespace, sid, data):
    seen.append([namespace, sid, data])
