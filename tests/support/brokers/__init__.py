"""Real brokers for tests: private processes on free ports of the loopback interface.

A test module asks with ``pytest_plugins = ["tests.support.brokers.fixtures"]`` and has

* ``broker``: the broker of one kind that all tests of the worker share. Choose kinds with
  ``@pytest.mark.parametrize("broker", KINDS, indirect=True)``. A test may kill it, pause it and cut
  its connections: afterwards it is mended for the next test, and starts anew where it was killed.
* ``brokers``: ``brokers.shared(kind)`` for the same by name, ``brokers.own(kind)`` for one that
  nobody else has, which the caller stops.

Every broker has one face, `Broker` in ``broker.py``:

======================  ===========================================================================
``url``                 what a manager is given
``new_channel()``       a name that no other test uses (Kafka: a topic with one partition)
``kill()``              SIGKILL for all its processes
``restart()``           on the same port; what it had in memory is gone
``pause(), resume()``   SIGSTOP and SIGCONT
``cut_clients()``       ends every connection of a client, the broker stays up
``stop(), alive()``     its end; whether it runs
``log()``               what it printed, and pytest shows it where a test failed
======================  ===========================================================================

All of these wait, so a test with an event loop has them wait in a thread where that takes long:
``await in_thread(broker.restart)``, which is in ``tests/support/driven.py``.

Kinds are in ``kinds.py``: Redis has more of them (`valkey`, `redis-tls`, `redis-unix`,
`redis-sentinel`, `redis-cluster`), and ``cut_subscribers()`` besides. Tests that use RabbitMQ have
`rabbitmq` in their file's name or among their parameters: it starts in five seconds, so all of
them run in one worker and share one (``side_by_side.py``). A kind whose program is missing skips
its tests, and fails them in CI.
"""
