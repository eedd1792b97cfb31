"""PostgreSQL, for what is documented over LISTEN and NOTIFY."""

import os
import pwd
import shutil
import signal
import subprocess
from pathlib import Path
from tempfile import mkdtemp
from typing import ClassVar

from tests.support.brokers.broker import Broker, greets

# It serves tests, and forgets everything when they end.
CARELESS = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off")
# Version 3.0 of the protocol, and who asks; the answer of a server that still starts is an error.
HELLO = b"\x00\x03\x00\x00user\x00postgres\x00database\x00postgres\x00\x00"
WELCOME = b"R"


class PostgreSQL(Broker):
    """One server with one database, and the user `postgres` who needs no password."""

    component = "postgresql"
    ends_by: ClassVar[signal.Signals] = signal.SIGINT  # without waiting for its clients

    def __init__(self, directory: Path) -> None:
        super().__init__(directory)
        # The server refuses to be root, and others cannot read pytest's folders.
        self.directory = Path(mkdtemp(prefix="sio-"))
        self._user = pwd.getpwnam("nobody").pw_uid if os.geteuid() == 0 else None

    @property
    def url(self) -> str:
        """What a client is given."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/postgres"

    def launch(self) -> None:
        """Make a database and start the server."""
        data = self.directory / "data"
        data.mkdir()
        if self._user is not None:
            self.directory.chmod(0o755)
            os.chown(data, self._user, -1)
        programs = self._programs()
        made = self.run(
            *(programs / "initdb", "--pgdata", data, "--username", "postgres"),
            *("--auth", "trust", "--no-sync", "--encoding", "UTF8", "--locale", "C"),
            user=self._user,
        )
        if made:
            settings = [f"--{setting}" for setting in CARELESS]
            self.spawn(
                *(programs / "postgres", "-D", data, "-p", str(self.port)),
                *("-h", "127.0.0.1", "-k", "", *settings),
                user=self._user,
            )

    def ready(self) -> bool:
        """Tell whether it lets its user in."""
        return greets(self.port, (len(HELLO) + 4).to_bytes(4, "big") + HELLO, WELCOME)

    def _programs(self) -> Path:
        """The folder of its programs, where the user of the server can run them."""
        programs = Path(self.program).resolve().parent
        if self._user is None or self._can_run(programs):
            return programs
        # With its libraries, which lie beside it.
        copy = self.directory / "installed"
        for folder in (programs.parent, *programs.parent.parent.parent.glob("*pgserver.libs")):
            parts = folder.relative_to(programs.parent.parent.parent)
            shutil.copytree(folder, copy / parts, symlinks=True)
        return copy / programs.relative_to(programs.parent.parent.parent)

    def _can_run(self, programs: Path) -> bool:
        command = [str(programs / "postgres"), "--version"]
        try:
            return subprocess.call(command, user=self._user, stdout=subprocess.DEVNULL) == 0
        except OSError:
            return False
