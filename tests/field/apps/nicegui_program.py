"""A page of NiceGUI: a button, a question to the browser, a timer, and how the client fares."""

import sys

from nicegui import ui


@ui.page("/")
def page(name: str):
    ticks = 0
    clicks = 0
    clicked = ui.label("clicked 0")
    ticked = ui.label("ticked 0")

    def click():
        nonlocal clicks
        clicks += 1
        clicked.set_text(f"clicked {clicks}")

    async def ask():
        clicked.set_text(f"the browser says {await ui.run_javascript('6 * 7')}")

    def tick():
        nonlocal ticks
        ticks += 1
        ticked.set_text(f"ticked {ticks}")

    ui.button("click", on_click=click)
    ui.button("ask", on_click=ask)
    ui.timer(0.1, tick)
    client = ui.context.client
    client.on_connect(lambda: print(name, "connected"))
    client.on_disconnect(lambda: print(name, "disconnected"))
    client.on_delete(lambda: print(name, "deleted"))


ui.run(host="127.0.0.1", port=int(sys.argv[1]), reload=False, show=False, reconnect_timeout=2.0)
