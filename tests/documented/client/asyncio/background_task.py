"""A task in the background; given: sio, seen."""
# ruff: noqa: F821


async def my_background_task(my_argument):
    # do some background work here!
    seen.append(my_argument)


task = sio.start_background_task(my_background_task, 123)
