"""Who watches a server: what an observer hears of its handlers, beside what the core tells."""

from .observer import Observer

__all__ = ["Observer"]
