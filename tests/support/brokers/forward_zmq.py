"""What ZeroMQ has in place of a broker: ``python -m tests.support.brokers.forward_zmq IN OUT``.

Managers push their messages to one address and subscribe at another; what is pushed goes to all
who have subscribed, unread.
"""

import sys

import zmq


def main() -> None:
    """Forward until the process is ended."""
    pushed, published = sys.argv[1:]
    context = zmq.Context()
    incoming, outgoing = context.socket(zmq.PULL), context.socket(zmq.PUB)
    incoming.bind(pushed)
    outgoing.bind(published)
    zmq.proxy(incoming, outgoing)


if __name__ == "__main__":
    main()
