"""Redis and Valkey: one server over TCP, TLS or a Unix socket, with a Sentinel, or a Cluster."""

from pathlib import Path
from tempfile import mkdtemp
from typing import Any, ClassVar

import redis
import redis.cluster
import redis.sentinel

from tests.support.brokers.broker import Broker
from tests.support.brokers.family import PATIENCE
from tests.support.certificates import make_certificate

NO_MEMORY = ("--save", "", "--appendonly", "no", "--daemonize", "no")
SLOTS = 16384


class Redis(Broker):
    """One server over TCP: `redis-server` where the machine has it, else Valkey."""

    component = "redis"

    @property
    def url(self) -> str:
        """What a manager is given."""
        return f"redis://127.0.0.1:{self.port}/0"

    def launch(self) -> None:
        """Start the server."""
        self.serve(*self.listening())

    def listening(self) -> tuple[str, ...]:
        """Where it listens, as the server's options say it."""
        return ("--port", str(self.port), "--bind", "127.0.0.1")

    def serve(self, *options: str | Path) -> None:
        """Start one server with options."""
        self.spawn(self.program, *NO_MEMORY, "--dir", self.directory, *options)

    def client(self) -> "redis.Redis":
        """Return a client of the server that can be written to. The caller closes it."""
        return redis.Redis.from_url(self.url, socket_timeout=PATIENCE)

    def ready(self) -> bool:
        """Tell whether it answers to a PING."""
        return ask(self.client(), "PING") is not None

    def cut_subscribers(self) -> None:
        """End every connection that has subscribed to a channel, as CLIENT KILL TYPE does."""
        ask(self.client(), "CLIENT KILL", "TYPE", "pubsub")


class Valkey(Redis):
    """Valkey, also where the machine has Redis."""

    component = "valkey"

    @property
    def url(self) -> str:
        """What a manager is given."""
        return f"valkey://127.0.0.1:{self.port}/0"

    def client(self) -> "redis.Redis":
        """Return a client of the server. The caller closes it."""
        return node(self.port)


class RedisTLS(Redis):
    """One server over TLS; who trusts `chain` trusts it. Valkey of PyPI has no TLS."""

    component = "redis-server"

    @property
    def chain(self) -> Path:
        """The file with its certificate, which it has signed itself."""
        return self.directory / "chain.pem"

    @property
    def url(self) -> str:
        """What a manager is given: it names the certificate."""
        return f"rediss://127.0.0.1:{self.port}/0?ssl_ca_certs={self.chain}"

    def listening(self) -> tuple[str, ...]:
        """Where it listens, as the server's options say it."""
        made = make_certificate(self.directory)
        return (
            *("--port", "0", "--tls-port", str(self.port), "--bind", "127.0.0.1"),
            *("--tls-cert-file", str(made.chain), "--tls-key-file", str(made.key)),
            *("--tls-ca-cert-file", str(made.chain), "--tls-auth-clients", "no"),
        )


class RedisUnix(Redis):
    """One server that listens on a Unix socket only."""

    needs_ports = 0

    def __init__(self, directory: Path) -> None:
        super().__init__(directory)
        # A path of at most a hundred characters, which pytest's folders may exceed.
        self.directory = Path(mkdtemp(prefix="sio-"))

    @property
    def path(self) -> str:
        """The path of the socket."""
        return str(self.directory / "socket")

    @property
    def url(self) -> str:
        """What a manager is given."""
        return f"unix://{self.path}?db=0"

    def listening(self) -> tuple[str, ...]:
        """Where it listens, as the server's options say it."""
        return ("--port", "0", "--unixsocket", self.path)

    def cut_clients(self) -> None:
        """End every connection of a client."""
        self.cut(paths=[self.path])


class Sentinel(Redis):
    """A Sentinel with the master `main` and one replica of it."""

    needs_ports = 3  # of the sentinel, and of the two servers
    service: ClassVar[str] = "main"

    @property
    def url(self) -> str:
        """What a manager is given."""
        return f"redis+sentinel://127.0.0.1:{self.port}/0/{self.service}"

    def launch(self) -> None:
        """Start the servers and the Sentinel."""
        _, first, second = self.ports
        listening = ("--bind", "127.0.0.1", "--repl-diskless-sync-delay", "0", "--port")
        self.serve(*listening, str(first))
        self.serve(*listening, str(second), "--replicaof", f"127.0.0.1 {first}")
        # A Sentinel looks for replicas at once, and then in ten seconds.
        self.wait(lambda: replicates(first))
        settings = self.directory / "sentinel.conf"
        settings.write_text(
            f"port {self.port}\nbind 127.0.0.1\ndir {self.directory}\n"
            f"sentinel monitor {self.service} 127.0.0.1 {first} 1\n"
            f"sentinel down-after-milliseconds {self.service} 500\n"
            f"sentinel failover-timeout {self.service} 2000\n"
        )
        self.spawn(self.program, settings, "--sentinel")

    def master(self) -> int:
        """The port of the server that the Sentinel names."""
        found = ask(node(self.port), "SENTINEL GET-MASTER-ADDR-BY-NAME", self.service)
        return int(found[1]) if found else 0

    def client(self) -> "redis.Redis":
        """Return a client of the master. The caller closes it."""
        return node(self.master())

    def ready(self) -> bool:
        """Tell whether the Sentinel knows the replica."""
        return bool(ask(node(self.port), "SENTINEL SLAVES", self.service))

    def kill_master(self) -> None:
        """End the master as a crash does, and wait until the other one has its place."""
        gone = self.master()
        self.kill_process(self.ports.index(gone) - 1)
        assert self.wait(lambda: self._settled(gone)), self.log()

    def _settled(self, gone: int) -> bool:
        sentinel = redis.sentinel.Sentinel([("127.0.0.1", self.port)], socket_timeout=PATIENCE)
        try:
            _, port = sentinel.discover_master(self.service)
        except redis.RedisError:
            return False
        return int(port) != gone and is_master(int(port))


class Cluster(Redis):
    """A Cluster of three masters without replicas. With one of them gone it is down.

    `add_replica` gives one of them a replica, until the next start.
    """

    needs_ports = 8  # the servers', those on which they talk among themselves, and a replica's

    @property
    def servers(self) -> list[int]:
        """The ports of the masters, each of which has a third of the slots."""
        return self.ports[:3]

    @property
    def url(self) -> str:
        """What a manager is given."""
        hosts = ",".join(f"127.0.0.1:{port}" for port in self.servers)
        return f"redis+cluster://{hosts}/0"

    def launch(self) -> None:
        """Start the servers, then have them meet."""
        for port, bus in zip(self.servers, self.ports[3:6], strict=True):
            self._member(port, bus)
        if not self.wait(lambda: all(ask(node(port), "PING") for port in self.servers)):
            return
        for number, port in enumerate(self.servers):
            first, after = SLOTS * number // 3, SLOTS * (number + 1) // 3
            ask(node(port), "CLUSTER SET-CONFIG-EPOCH", number + 1)
            ask(node(port), "CLUSTER ADDSLOTSRANGE", first, after - 1)
            ask(node(port), "CLUSTER MEET", "127.0.0.1", self.port, self.ports[3])

    def _member(self, port: int, bus: int) -> None:
        self.serve(
            *("--port", str(port), "--bind", "127.0.0.1", "--cluster-enabled", "yes"),
            *("--cluster-config-file", f"nodes-{port}.conf", "--cluster-port", str(bus)),
            *("--cluster-node-timeout", "1000", "--repl-diskless-sync-delay", "0"),
        )

    def ready(self) -> bool:
        """Tell whether each server knows that the cluster is up."""
        return all(knows_cluster(port) for port in self.servers)

    def client(self) -> "redis.Redis":
        """Return a client of the first server. The caller closes it."""
        return node(self.port)

    def master_of(self, key: str) -> int:
        """Return the port of the master that has the slot of a key, or of a channel."""
        servers = [redis.cluster.ClusterNode("127.0.0.1", port) for port in self.servers]
        with redis.RedisCluster(startup_nodes=servers, socket_timeout=PATIENCE) as client:
            return int(client.get_node_from_key(key).port)

    def move(self, key: str) -> None:
        """Give the slot of a key or a channel, in which nothing is kept, to another master."""
        before = self.master_of(key)
        after = next(port for port in self.servers if port != before)
        slot, taker = ask(node(before), "CLUSTER KEYSLOT", key), ask(node(after), "CLUSTER MYID")
        for port in (after, *self.servers):
            ask(node(port), "CLUSTER SETSLOT", slot, "NODE", taker)
        assert self.wait(lambda: self.master_of(key) == after), self.log()

    def add_replica(self, master: int) -> None:
        """Start a replica of the master on a port, and wait until it follows."""
        port, bus = self.ports[6:]
        self._member(port, bus)
        leader = ask(node(master), "CLUSTER MYID")
        assert self.wait(lambda: ask(node(port), "PING")), self.log()
        ask(
            node(port),
            "CLUSTER MEET",
            "127.0.0.1",
            master,
            self.ports[3:][self.servers.index(master)],
        )
        assert self.wait(lambda: ask(node(port), "CLUSTER REPLICATE", leader)), self.log()
        assert self.wait(lambda: replicates(master)), self.log()
        # Those that are to vote for it must know it, and it them: else it does not believe them.
        members = (*self.servers, port)
        assert self.wait(lambda: all(knows_cluster(each, 4) for each in members)), self.log()

    def kill_master_of(self, key: str) -> None:
        """End the master of a key as a crash does; its replica takes its place a little later."""
        self.kill_process(self.servers.index(self.master_of(key)))

    def cut_subscribers(self) -> None:
        """End every connection that has subscribed to a channel, at each server."""
        for port in self.servers:
            ask(node(port), "CLIENT KILL", "TYPE", "pubsub")

    def cut_clients(self) -> None:
        """End every connection of a client; those among the servers stay."""
        self.cut([*self.servers, self.ports[6]])


def node(port: int) -> "redis.Redis":
    """Return a client of the server on a port. The caller closes it."""
    return redis.Redis(host="127.0.0.1", port=port, socket_timeout=PATIENCE)


def ask(client: "redis.Redis", *command: str | int) -> Any:
    """Return the answer to a command, or None if there is none; close the client."""
    try:
        return client.execute_command(*command)
    except redis.RedisError:
        return None
    finally:
        client.close()


def is_master(port: int) -> bool:
    """Tell whether the server on a port follows no other."""
    replication = ask(node(port), "INFO", "replication")
    return bool(replication) and replication["role"] == "master"


def replicates(port: int) -> bool:
    """Tell whether the server on a port has a replica that follows it."""
    replication = ask(node(port), "INFO", "replication") or {}
    return bool(replication.get("slave0", {}).get("state") == "online")


def knows_cluster(port: int, servers: int = 3) -> bool:
    """Tell whether the server on a port knows all by name, and that they are complete."""
    info = ask(node(port), "CLUSTER INFO") or {}
    known = ask(node(port), "CLUSTER NODES") or {}
    named = [each for each in known.values() if "handshake" not in each["flags"]]
    return info.get("cluster_state") == "ok" and len(named) == servers
