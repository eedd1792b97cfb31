"""Socket.IO over the brokers of kombu, such as RabbitMQ, for threads and greenlets."""

from .__about__ import __version__
from .managers import KombuManager

__all__ = ["KombuManager", "__version__"]
