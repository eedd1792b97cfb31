"""Work beside the handlers; given: sio, seen; to be awaited."""
# ruff: noqa: F821


async def my_background_task(my_argument):
    await sio.sleep(0)
    seen.append(my_argument)


async def main():
    task = sio.start_background_task(my_background_task, 123)
    await task
    return task
