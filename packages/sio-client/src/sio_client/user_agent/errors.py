"""What can go wrong between a client and its server, each said in one plain sentence.

Nothing here quotes header values, cookies, bodies or credentials: the text ends
up in logs, as the cause of the `ConnectionError` that the user sees.
"""

from __future__ import annotations


class AgentError(Exception):
    """A request or a WebSocket came to nothing, and why."""


class ConnectionLost(AgentError):
    """The connection ended before the server had answered."""


class BadAnswer(AgentError):
    """The server sent what is not HTTP, or more than is allowed."""


class BadRedirect(AgentError):
    """The server sent the client to where it does not go."""


class ProxyFailed(AgentError):
    """The proxy refused, or is of a kind that is not supported."""


class WebSocketFailed(AgentError):
    """The server did not open a WebSocket, or broke its protocol."""
