"""Node.js and the packages that package-lock.json lists, installed with npm when they are not."""

import json
import shutil
import subprocess

from sides import HERE, BenchError

PACKAGES = ("socket.io", "engine.io", "ws", "socket.io-msgpack-parser")
OLDEST = 18


def located() -> str:
    """Return the program; raises BenchError when it is missing."""
    node = shutil.which("node")
    if node is None:
        raise BenchError("Node.js is not installed. On Debian and Ubuntu: apt-get install nodejs")
    return node


def versions(node: str) -> dict[str, str]:
    """Return the versions of Node.js and its packages; raises BenchError when it is too old."""
    done = subprocess.run([node, "--version"], capture_output=True, text=True)
    version = done.stdout.strip().lstrip("v")
    if not version.split(".")[0].isdigit() or int(version.split(".")[0]) < OLDEST:
        raise BenchError(f"Node.js {OLDEST} or newer is needed; {node} is {version or 'broken'}")
    found = {"Node.js": version}
    for name in PACKAGES:
        manifest = HERE / "node_modules" / name / "package.json"
        found[name] = json.loads(manifest.read_text())["version"]
    return found


def install_packages() -> None:
    """Install what package-lock.json lists, unless that very list is installed.

    Raises BenchError when npm is missing or fails.
    """
    lock, stamp = HERE / "package-lock.json", HERE / "node_modules" / ".bench-stamp"
    if stamp.exists() and stamp.read_text() == lock.read_text():
        return
    npm = shutil.which("npm")
    if npm is None:
        raise BenchError(
            "npm is not installed; it fetches socket.io. On Debian and Ubuntu: apt-get install npm"
        )
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    run = subprocess.run(
        command, cwd=HERE, stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    if run.returncode:
        last = "\n".join(run.stderr.strip().splitlines()[-5:])
        raise BenchError(f"npm could not install the packages of bench:\n{last}")
    stamp.write_text(lock.read_text())
