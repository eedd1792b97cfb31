"""A WebSocket over a transport of asyncio, for frameworks that give theirs away."""
