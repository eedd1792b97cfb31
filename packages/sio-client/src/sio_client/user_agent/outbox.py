"""The orders of an agent until its driver takes them."""

from __future__ import annotations

from .orders import Order, WritePipe


class Outbox:
    """Orders in turn, with all that is written to one pipe in one of them."""

    __slots__ = ("_parts", "orders")

    def __init__(self) -> None:
        self.orders: list[Order] = []
        self._parts: dict[int, list[bytes]] = {}

    def add(self, order: Order) -> None:
        """Append an order that is no `WritePipe`."""
        self.orders.append(order)

    def write(self, pipe: int, data: bytes, reused: bool = False) -> None:
        """Append to what is written to a pipe."""
        parts = self._parts.get(pipe)
        if parts is None:
            # Nothing but its closing can follow a write to a pipe before the orders are taken.
            self._parts[pipe] = [data]
            self.orders.append(WritePipe(pipe, b"", reused))
        else:
            parts.append(data)

    def take(self) -> list[Order]:
        """Return the orders and begin anew."""
        orders = self.orders
        if self._parts:
            for order in orders:
                if isinstance(order, WritePipe):
                    order.data = b"".join(self._parts[order.pipe])
            self._parts = {}
        self.orders = []
        return orders
