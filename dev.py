"""The one entry point for working on this repository: ``python3 dev.py --help``.

Needs Python 3.11 and pip, nothing else. Everything it makes lies in ``.tools/``: Hatch in a
virtual environment of its own, and the environments that ``hatch.toml`` describes. Deleting that
folder undoes it all. ``devtools/`` is what it is made of.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - this line is for those who have an older one
    sys.exit("dev.py: Python 3.11 or newer is needed, this is " + sys.version.split()[0] + ".")

import argparse
import os
import signal
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from devtools import processes, testing
from devtools.components import npm_ci, provide_node
from devtools.environments import Unmade, environment, hatch, variables
from devtools.groups import GROUPS
from devtools.output import ROOT, fail, say


def become(python: Path, *args: str) -> int:
    """Run a program in place of this one, so that signals reach it."""
    env = variables(python)
    os.chdir(ROOT)
    if os.name == "nt":
        return processes.call([str(python), *args], env=env)
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
    status = testing.run_tests(["docs"], ())
    if status == 0:
        say("docs/_build/html/index.html")
    return status


def fmt() -> int:
    """Format the sources and mend what ruff can mend."""
    python = environment("test")
    return max(
        processes.call([str(python), "-m", "ruff", *args, "."])
        for args in (["check", "--fix"], ["format"])
    )


def build() -> int:
    """Build the wheel of every package into ``dist/``."""
    failed = []
    for manifest in sorted(ROOT.glob("packages/*/pyproject.toml")):
        command = ("build", "--target", "wheel", str(ROOT / "dist"))
        status, lines = hatch(*command, cwd=manifest.parent)
        say("\n".join(lines))
        if status != 0:
            failed.append(manifest.parent.name)
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
Groups run side by side; what each prints comes in one piece, what fails at once.
--quick is for before a commit, and needs neither web servers nor Node.js: format, lint,
mypy, layering, the core's tests, and the behaviour suites in memory. CI runs everything.

Other arguments go to pytest. Those that pick tests, such as -k NAME or a file, leave the
groups without tests out, and run one test at a time with the terminal for itself.
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
    tests = add("test", "run every check there is; --quick: what takes a minute", more)
    choices = [group.name for group in GROUPS]
    which = tests.add_mutually_exclusive_group()
    text = "run this group alone; may be given more than once"
    which.add_argument(
        "--only", action="append", default=[], metavar="GROUP", choices=choices, help=text
    )
    which.add_argument("--quick", action="store_true", help="run what a commit should pass")
    text = "run programs that others wrote for python-socketio and that take long to install"
    add("field", text, "Other arguments go to pytest.")
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
        return testing.run_tests(options.only, extra, fast=options.quick)
    if options.command == "field":
        return testing.run_field(extra)
    if options.command == "demo":
        return demo(extra)
    if options.command == "bench":
        return bench(extra)
    if extra:
        grammar.error(f"{options.command} takes no arguments: {' '.join(extra)}")
    return {"docs": docs, "fmt": fmt, "build": build}[options.command]()


def ended(number: int, _frame: object) -> NoReturn:
    """End this program, and with it those that it runs."""
    sys.exit(128 + number)


def run() -> int:
    """Run the command line, and leave nothing behind. Returns: the exit status."""
    # A shell that runs something in the background has it ignore SIGINT, and so do its children.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, ended)
    try:
        return main(sys.argv[1:])
    except KeyboardInterrupt:
        processes.end(told=sys.stdin.isatty())
        return 130
    except Unmade as error:
        fail(str(error))
    finally:
        processes.end()


if __name__ == "__main__":
    sys.exit(run())
