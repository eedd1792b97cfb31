"""Work beside the handlers; given: sio, seen; to be called."""
# ruff: noqa: F821


def my_background_task(my_argument):
    sio.sleep(0)
    seen.append(my_argument)


def main():
    task = sio.start_background_task(my_background_task, 123)
    task.join()
    return task
