"""How a server is reached: headers, cookies, TLS and proxies."""

from .settings import Settings

__all__ = ["Settings"]
