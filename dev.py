"""The one entry point for working on this repository: ``python3 dev.py --help``.

Needs Python 3.11 and pip, nothing else. Everything it makes lies in ``.tools/``: Hatch in a
virtual environment of its own, and the environments that ``hatch.toml`` describes. Deleting that
folder undoes it all.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - this line is for those who have an older one
    sys.exit("dev.py: Python 3.11 or newer is needed, this is " + sys.version.split()[0] + ".")

import argparse
import hashlib
import os
import shutil
import signal
import subprocess
import sysconfig
import time
import venv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parent
TOOLS = ROOT / ".tools"
BIN = "Scripts" if os.name == "nt" else "bin"
HATCH = "hatch>=1.18,<2"
OLDEST_NODE = 18
CORE_TESTS = "packages/sio-core/tests"
CI = os.environ.get("CI", "").lower() in ("1", "true", "yes")

# Debian's packages that the end-to-end tests need, and the programs or header files of which one
# shows that a package is there. uWSGI is built from source, for the Python that runs this script.
DEBIAN = {
    "chromium": ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"),
    "gcc": ("gcc",),
    "libc6-dev": ("/usr/include/stdlib.h",),
    "libssl-dev": ("/usr/include/openssl/ssl.h",),
    "python3-dev": (sysconfig.get_path("include") + "/Python.h",),
}
# The options of pytest that pick tests.
SELECTING = ("-k", "-m", "--lf", "--last-failed", "--deselect")
# Those that a word follows, which may look like a path.
TAKING_A_WORD = ("-k", "-m", "-p", "-o", "-W", "--deselect")
# pytest's exit status for "no test was collected".
NOTHING_COLLECTED = 5


def fail(message: str) -> NoReturn:
    """End the program with one line that says what to do."""
    sys.exit(f"dev.py: {message}")


def say(message: str) -> None:
    """Print a line at once, so that it stands before the output of what runs next."""
    print(message, flush=True)


# ---------------------------------------------------------------- Hatch and its environments


def tool_python() -> Path:
    """Return the interpreter that has Hatch, making its virtual environment when needed."""
    python = TOOLS / BIN / ("python.exe" if os.name == "nt" else "python")
    stamp = TOOLS / "hatch.stamp"
    wanted = f"{HATCH} {sys.version} {sys.base_prefix}"
    if stamp.exists() and stamp.read_text() == wanted and python.exists():
        return python
    if subprocess.call([sys.executable, "-m", "pip", "--version"], stdout=subprocess.DEVNULL) != 0:
        fail(f"pip is needed: {sys.executable} -m ensurepip, or your system's python3-pip.")
    say("dev.py: installing Hatch into .tools/ (once)")
    # Without pip inside, the environment needs no python3-venv package on Debian.
    venv.EnvBuilder(with_pip=False, clear=True, symlinks=os.name != "nt").create(TOOLS)
    command = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", HATCH]
    if subprocess.call(command) != 0:
        fail("Hatch could not be installed; pip says why above.")
    stamp.write_text(wanted)
    return python


def hatch(*args: str, cwd: Path = ROOT, stdout: int | None = None) -> tuple[int, str]:
    """Run Hatch with its data below ``.tools/``.

    Returns: its exit status, and what it printed if `stdout` is ``subprocess.PIPE``.
    """
    python = tool_python()
    env = dict(
        os.environ,
        HATCH_DATA_DIR=str(TOOLS / "data"),
        HATCH_CONFIG=str(TOOLS / "config.toml"),
        HATCH_ENV="default",
        HATCH_INTERACTIVE="0",
    )
    for name in ("VIRTUAL_ENV", "PYTHONPATH", "HATCH_ENV_ACTIVE"):
        env.pop(name, None)
    (TOOLS / "config.toml").touch()
    command = [str(python), "-m", "hatch", *args]
    done = subprocess.run(command, cwd=cwd, env=env, stdout=stdout, text=True, check=False)
    return done.returncode, done.stdout or ""


def forget_stale_environments() -> None:
    """Remove environments made before a manifest or a package's version changed.

    Hatch follows changes of hatch.toml by itself, but not those of the workspace's members.
    """
    digest = hashlib.sha256()
    for pattern in ("hatch.toml", "packages/*/pyproject.toml", "packages/*/src/*/__about__.py"):
        for path in sorted(ROOT.glob(pattern)):
            digest.update(path.read_bytes())
    stamp = TOOLS / "environments.stamp"
    if stamp.exists() and stamp.read_text() == digest.hexdigest():
        return
    shutil.rmtree(TOOLS / "data" / "env", ignore_errors=True)
    stamp.write_text(digest.hexdigest())


def environment(name: str) -> Path:
    """Return the interpreter of a Hatch environment that is complete and up to date."""
    tool_python()
    forget_stale_environments()
    command = ("run", f"{name}:python", "-c", "import sys; print(sys.executable)")
    status, out = hatch(*command, stdout=subprocess.PIPE)
    lines = out.split()
    if status != 0 or not lines:
        fail(f"the environment {name!r} could not be made; the reason is above.")
    return Path(lines[-1])


def attempt(name: str) -> Path | None:
    """Return an environment's interpreter, or say why there is none and let the rest go on."""
    try:
        return environment(name)
    except SystemExit as error:
        say(str(error))
        return None


def variables(python: Path, extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the process environment in which the tools of `python`'s environment are found."""
    env = dict(os.environ, VIRTUAL_ENV=str(python.parent.parent), **(extra or {}))
    env["PATH"] = os.pathsep.join([str(python.parent), env.get("PATH", "")])
    return env


# ---------------------------------------------------------------- Node.js and a browser


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
    if not has_node():
        python = attempt("node")
        if python is not None:
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
    env = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    update = ["apt-get", "update", "-qq"]
    install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages]
    for command in (update, install):
        # What could not be installed is named again by the tests that need it.
        subprocess.call(command, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)


# ---------------------------------------------------------------- test


@dataclass(frozen=True)
class Group:
    """One group of checks: commands that run in turn in one environment."""

    name: str
    about: str
    env: str
    commands: Callable[[Sequence[str]], list[list[str]]]


def _fixed(*commands: str) -> Callable[[Sequence[str]], list[list[str]]]:
    return lambda _extra: [command.split() for command in commands]


def _mypy(_extra: Sequence[str]) -> list[list[str]]:
    sources = [path.relative_to(ROOT).as_posix() for path in sorted(ROOT.glob("packages/*/src"))]
    return [["mypy", "--strict", *sources, "dev.py", "bench", "tests/support"]]


def _split(extra: Sequence[str]) -> tuple[list[str], list[str]]:
    """Split pytest arguments into paths that exist and everything else."""
    paths: list[str] = []
    options: list[str] = []
    for before, arg in zip(["", *extra], extra, strict=False):
        option = arg.startswith("-") or before in TAKING_A_WORD
        exists = (ROOT / arg.split("::")[0]).exists()
        (paths if exists and not option else options).append(arg)
    return paths, options


def _core(extra: Sequence[str]) -> list[list[str]]:
    paths, options = _split(extra)
    mine = [path for path in paths if path.startswith(CORE_TESTS)]
    if paths and not mine:
        return []
    if selects(extra):
        # The coverage of a part says nothing.
        return [["pytest", *(mine or [CORE_TESTS]), *options]]
    run = ["coverage", "run", "-m", "pytest", CORE_TESTS, *options]
    return [run, ["coverage", "report"]]


def _rest(extra: Sequence[str]) -> list[list[str]]:
    paths, options = _split(extra)
    others = [path for path in paths if not path.startswith(CORE_TESTS)]
    if paths:
        return [["pytest", *others, *options]] if others else []
    folders = [path.relative_to(ROOT).as_posix() for path in sorted(ROOT.glob("packages/*/tests"))]
    return [["pytest", *(f for f in folders if f != CORE_TESTS), "tests", *options]]


# The groups that take pytest's arguments.
PYTEST_GROUPS = ("core", "tests")

SPHINX = "sphinx -W -n --keep-going -q -b html docs docs/_build/html"

GROUPS = (
    Group("format", "ruff format --check", "test", _fixed("ruff format --check .")),
    Group("lint", "ruff check", "test", _fixed("ruff check .")),
    Group("mypy", "mypy --strict on every package", "test", _mypy),
    Group("pyright", "pyright on every package", "test", _fixed("pyright")),
    Group("docs", "the documentation, warnings are errors", "docs", _fixed(SPHINX)),
    Group("core", "sio-core's unit and property tests, purity, 100 % branches", "test", _core),
    Group("tests", "the other packages, layering, end to end", "test", _rest),
)


def run_group(group: Group, extra: Sequence[str], env: Mapping[str, str]) -> int:
    """Run the commands of a group to the end. Returns: the first exit status that is not 0."""
    python = attempt(group.env)
    if python is None:
        return 1
    first = 0
    for command in group.commands(extra):
        say(f"\n==> {group.name}: {' '.join(command)}")
        full = [str(python), "-m", *command]
        status = subprocess.call(full, cwd=ROOT, env=variables(python, env))
        first = first or status
    return first


def selects(extra: Sequence[str]) -> bool:
    """Tell whether pytest arguments pick some of the tests."""
    paths, options = _split(extra)
    return bool(paths) or any(option.startswith(SELECTING) for option in options)


def prepare(names: Sequence[str]) -> dict[str, str]:
    """Provide what groups need beyond their environment. Returns: variables for their processes."""
    env = {"PYRIGHT_PYTHON_IGNORE_WARNINGS": "1"}
    if "pyright" in names or "tests" in names:
        provide_node()
    if "tests" in names:
        provide_debian_packages()
        for name in ("peer", "greenlets", "eventlet", "uwsgi"):
            python = attempt(name)
            if python is not None:
                env[f"SIO_{name.upper()}_PYTHON"] = str(python)
    return env


def test(only: Sequence[str], extra: Sequence[str]) -> int:
    """Run every group, or those asked for, then say which failed."""
    wanted = only or (PYTEST_GROUPS if selects(extra) else [group.name for group in GROUPS])
    started = time.monotonic()
    env = prepare(wanted)
    results = {group.name: run_group(group, extra, env) for group in GROUPS if group.name in wanted}
    # With a selection it is enough that one of the two pytest runs found something.
    empty = [name for name, status in results.items() if status == NOTHING_COLLECTED]
    if selects(extra) and not set(PYTEST_GROUPS) & results.keys() <= set(empty):
        results.update(dict.fromkeys(empty, 0))
    failed = [name for name, status in results.items() if status != 0]
    verdict = f"FAILED: {', '.join(failed)}" if failed else f"passed: {', '.join(results)}"
    say(f"\ndev.py test: {verdict} ({time.monotonic() - started:.0f} s)")
    return 1 if failed else 0


# ---------------------------------------------------------------- the other commands


def become(python: Path, *args: str) -> int:
    """Run a program in place of this one, so that signals reach it."""
    env = variables(python)
    os.chdir(ROOT)
    if os.name == "nt":
        return subprocess.call([str(python), *args], env=env)
    sys.stdout.flush()
    os.execve(python, [str(python), *args], env)


def script(path: str) -> str:
    """Return `path`, or end with a message if the repository lacks it."""
    if not (ROOT / path).is_file():
        fail(f"{path} is missing from this checkout.")
    return path


def demo(args: Sequence[str]) -> int:
    """Run the chat example."""
    server = script("examples/chat/server.py")
    if (ROOT / "examples/chat/package-lock.json").exists():
        npm_ci(ROOT / "examples/chat")
    return become(environment("demo"), server, *args)


def bench(args: Sequence[str]) -> int:
    """Run the benchmarks; each peer they compare with has an environment of its own."""
    program = script("bench/run.py")
    provide_node()
    theirs = str(environment("peer"))
    return become(environment("bench"), program, "--theirs", theirs, *args)


def docs() -> int:
    """Build the documentation."""
    status = run_group(next(group for group in GROUPS if group.name == "docs"), (), {})
    if status == 0:
        say("docs/_build/html/index.html")
    return status


def fmt() -> int:
    """Format the sources and mend what ruff can mend."""
    python = environment("test")
    statuses = [
        subprocess.call([str(python), "-m", "ruff", *args, "."], cwd=ROOT)
        for args in (["check", "--fix"], ["format"])
    ]
    return max(statuses)


def build() -> int:
    """Build the wheel of every package into ``dist/``."""
    failed = [
        manifest.parent.name
        for manifest in sorted(ROOT.glob("packages/*/pyproject.toml"))
        if hatch("build", "--target", "wheel", str(ROOT / "dist"), cwd=manifest.parent)[0] != 0
    ]
    if failed:
        fail(f"not built: {', '.join(failed)}")
    for wheel in sorted((ROOT / "dist").glob("*.whl")):
        say(f"dist/{wheel.name}")
    return 0


EPILOG = """\
Each command sets up what it needs; the first run downloads it into .tools/.
With CI=true a component that is missing (node, chromium, ...) is a failure and not a skip.
"""

PYTEST_ARGUMENTS = """\
Other arguments go to pytest. Those that pick tests, such as -k NAME or a file, leave the
groups without tests out.
"""


def parser() -> argparse.ArgumentParser:
    """Return the command line's grammar."""
    top = argparse.ArgumentParser(
        prog="dev.py",
        description="Run, test, measure and build this repository.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    commands = top.add_subparsers(dest="command", metavar="COMMAND", required=True)

    def add(name: str, text: str, more: str = "") -> argparse.ArgumentParser:
        return commands.add_parser(
            name,
            help=text,
            description=f"{text[0].upper()}{text[1:]}.",
            epilog=more,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )

    add("demo", "run the chat example", "Other arguments go to the example, such as --port 5001.")
    table = "".join(f"  {group.name:<9}{group.about}\n" for group in GROUPS)
    more = f"groups:\n{table}\n{PYTEST_ARGUMENTS}"
    tests = add("test", "run every check there is", more)
    choices = [group.name for group in GROUPS]
    text = "run this group alone; may be given more than once"
    tests.add_argument(
        "--only", action="append", default=[], metavar="GROUP", choices=choices, help=text
    )
    add("bench", "run the benchmarks", "Other arguments go to bench/run.py; its --help lists them.")
    add("docs", "build the documentation into docs/_build/html")
    add("fmt", "format the sources and mend what ruff can mend")
    add("build", "build the wheels of all packages into dist/")
    return top


def main(argv: Sequence[str]) -> int:
    """Run one command. Returns: the exit status."""
    grammar = parser()
    options, extra = grammar.parse_known_args(argv)
    extra = [arg for arg in extra if arg != "--"]
    if options.command == "test":
        return test(options.only, extra)
    if options.command == "demo":
        return demo(extra)
    if options.command == "bench":
        return bench(extra)
    if extra:
        grammar.error(f"{options.command} takes no arguments: {' '.join(extra)}")
    return {"docs": docs, "fmt": fmt, "build": build}[options.command]()


if __name__ == "__main__":
    # Ending this program ends the one it runs.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
