"""What is not Python: Node.js with its packages, and packages of Debian."""

import hashlib
import os
import shutil
import subprocess
import sysconfig
from pathlib import Path
from threading import Lock

from devtools import processes
from devtools.environments import Unmade, environment
from devtools.output import ROOT, fail, say

OLDEST_NODE = 18
CI = os.environ.get("CI", "").lower() in ("1", "true", "yes")

# Debian's packages that the end-to-end tests need, and the programs or header files of which one
# shows that a package is there. uWSGI is built from source, for the Python that runs this script.
DEBIAN = {
    "chromium": ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"),
    "gcc": ("gcc",),
    "haproxy": ("haproxy", "/usr/sbin/haproxy"),
    "libc6-dev": ("/usr/include/stdlib.h",),
    "libssl-dev": ("/usr/include/openssl/ssl.h",),
    "nginx": ("nginx", "/usr/sbin/nginx"),
    "rabbitmq-server": ("/usr/lib/rabbitmq/bin/rabbitmq-server",),
    "redis-server": ("redis-server",),
    "python3-dev": (sysconfig.get_path("include") + "/Python.h",),
}

_node = Lock()


def has_node() -> bool:
    """Tell whether this machine has npm and a Node.js that is new enough."""
    node = shutil.which("node")
    if node is None or shutil.which("npm") is None:
        return False
    done = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)
    major = done.stdout.strip().lstrip("v").split(".")[0]
    return major.isdigit() and int(major) >= OLDEST_NODE


def provide_node() -> None:
    """Put Node.js and npm on PATH, from the PyPI package where the machine has none."""
    with _node:
        if has_node():
            return
        try:
            python = environment("node")
        except Unmade as error:
            say(str(error))
        else:
            os.environ["PATH"] = os.pathsep.join([str(python.parent), os.environ.get("PATH", "")])


def npm_ci(folder: Path) -> None:
    """Install what the lock file of `folder` lists, unless that very list is installed."""
    lock = folder / "package-lock.json"
    stamp = folder / "node_modules" / ".dev-stamp"
    wanted = hashlib.sha256(lock.read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted:
        return
    provide_node()
    npm = shutil.which("npm") or fail("npm was not found.")
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    if subprocess.call(command, cwd=folder, stdin=subprocess.DEVNULL) != 0:
        fail(f"npm could not install the packages of {folder.relative_to(ROOT)}.")
    stamp.write_text(wanted)


def is_there(sign: str) -> bool:
    """Tell whether a program is on PATH, or a file exists whose whole path is given."""
    return os.path.exists(sign) if os.path.isabs(sign) else shutil.which(sign) is not None


def provide_debian_packages() -> None:
    """Install what the end-to-end tests need, but only in CI, as root, on Debian."""
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    if not CI or not root or shutil.which("apt-get") is None:
        return
    packages = [name for name, signs in DEBIAN.items() if not any(map(is_there, signs))]
    if not packages:
        return
    say(f"dev.py: installing {', '.join(packages)}")
    # Brokers are started by the tests: with this run level no package starts its own.
    env = dict(os.environ, DEBIAN_FRONTEND="noninteractive", RUNLEVEL="1")
    update = ["apt-get", "update", "-qq"]
    install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages]
    for command in (update, install):
        # What could not be installed is named again by the tests that need it.
        processes.collect(command, lambda _line: None, env=env)
