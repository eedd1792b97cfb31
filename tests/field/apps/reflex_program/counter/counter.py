"""A page of Reflex whose number is kept by the server."""

import asyncio

import reflex


class State(reflex.State):
    """The number of one page."""

    number: int = 0

    @reflex.event
    def add(self, by: int):
        self.number += by

    @reflex.event
    async def climb(self):
        for _ in range(3):
            self.number += 10
            yield

    @reflex.event(background=True)
    async def reset_later(self):
        await asyncio.sleep(0.05)
        async with self:
            self.number = -1


def index():
    return reflex.box(
        reflex.heading(State.number),
        reflex.button("Add", on_click=State.add(2)),
        reflex.button("Climb", on_click=State.climb),
        reflex.button("Reset", on_click=State.reset_later),
    )


app = reflex.App()
app.add_page(index)
