"""Arrows point down inside a package too: its folders have an order, and their insides are theirs.

`FLOORS` has a row for each floor of a package, the lowest first, with the folders and modules that
stand there. What stands on a floor may import what stands below it, and nothing beside it; the
`__init__` of a folder may import what is inside. Every import counts, those inside functions and
those for type checkers too. `LEFT` has what is not so yet.
"""

from pathlib import Path

import pytest

from tests.support.arrows import (
    Module,
    in_circles,
    private,
    private_imports,
    private_reaches,
    read,
)
from tests.support.imports import ROOT

FLOORS: dict[str, tuple[str, ...]] = {
    "sio_core": (
        "exceptions option_names protocol_errors reasons repeats slices timers transitions utf8",
        "values",
        "limits",
        "codecs http websocket",
        "prepared",
        "engineio/older",
        "engineio",
        "engineio/client entrance",
        "byte_connection",
        "handlers",
        "socketio/parsers",
        "socketio",
        "cluster socketio/client",
        "testing",
        # names by which programs import what stands below
        "cookies cors fast_json frame_reader json",
    ),
    "sio_server": (
        "concurrency exceptions log observing options packet",
        "drivers/admission drivers/client",
        "drivers",
        "drivers/asyncio/entrance drivers/threads/entrance",
        "drivers/asyncio/websockets",
        "drivers/asyncio drivers/threads",
        "drivers/asyncio/transport",
        "dispatch engine_api",
        "patched",
        "managers serving",
        "engine_colours managers/cluster",
        "engine_face engineio",
        "admin/access",
        "admin as_message construction",
        "shared",
        "namespace_base user_sessions",
        "server_methods",
        "async_server server",
        "async_namespace namespace",
        # names by which programs import what stands below
        "aio blocking",
    ),
    "sio_client": (
        "exceptions user_agent/errors user_agent/orders user_agent/results",
        "user_agent/routes",
        "user_agent/agent_settings",
        "user_agent/http user_agent/websocket",
        "user_agent/channels",
        "user_agent",
        "settings",
        "handlers options",
        "attempts",
        "log process_end",
        "drivers",
        "drivers/asyncio drivers/threads",
        "shared",
        "async_client client",
        "engineio namespaces",
        "async_simple_client simple_client",
        "command",
    ),
    "sio_asgi": (
        "scopes",
        "direct endpoint static_files",
        "uvicorn/answers",
        "uvicorn/answer_heads",
        "uvicorn/apps uvicorn/handshakes",
        "uvicorn/websockets",
        "uvicorn/http",
        "uvicorn",
        "running",
        "application",
        "engineio",
    ),
    "sio_aiohttp": ("hang_ups", "requests", "websockets", "endpoint"),
    "sio_wsgi": (
        "environs",
        "own_sockets",
        "request_sockets",
        "endpoint",
        "application",
        "engineio",
    ),
    "sio_tornado": ("requests sockets", "handler", "endpoint", "engineio"),
    "sio_redis": (
        "addresses channels",
        "connections",
        "own_client",
        "links",
        "async_broker",
        "broker",
        "managers",
    ),
    "sio_amqp": ("addresses connections", "listener publisher", "async_broker", "managers"),
    "sio_kombu": (
        "connections",
        "amqp_listener",
        "amqp_publisher",
        "amqp_broker virtual_broker",
        "managers",
    ),
    "sio_nats": ("addresses inbox options", "broker", "managers"),
    "sio_kafka": ("addresses clients options", "listener publisher", "broker", "managers"),
    "sio_zmq": (
        "addresses wake words",
        "messages sockets subscriptions",
        "link forwarder",
        "listener publisher",
        "broker",
        "managers",
    ),
    "sio_sanic": ("connections requests workers", "asgi", "endpoint"),
    "socketio": (
        "_names",
        "_lazy",
        "base_manager base_namespace exceptions packet",
        "manager",
        "async_manager base_client base_server",
        "*",
    ),
    "sio_compat": ("beside", "place"),
    "engineio": ("_names", "_lazy", "*"),
}

LEFT: dict[tuple[str, str], tuple[int, str]] = {
    ("sio_sanic", "private attributes"): (
        2,
        "Sanic keeps the functions of an ASGI server under these names, and has no public ones.",
    ),
}
"""How often a package breaks a rule, and why it still does; these numbers only become smaller."""

HOOKS = {
    *("_trigger_event", "_get_event_handler", "_get_namespace_handler"),
    *("_handle_eio_connect", "_handle_eio_message", "_handle_eio_disconnect"),
    *("_send_packet", "_send_eio_packet"),
}
"""Methods that programs written for python-socketio override: they have its names."""

NO_IO = {"sio_client": ("user_agent",)}
"""Folders that decide and carry nothing out."""

IO = {
    *("socket", "_socket", "ssl", "select", "selectors", "http.client", "http.server"),
    *("asyncio", "threading", "_thread", "concurrent", "queue", "multiprocessing", "subprocess"),
    *("signal", "time", "sched", "socketserver", "io", "tempfile", "logging"),
}
SOURCES = {path.name: path for path in ROOT.glob("packages/*/src/*")}
PACKAGES = sorted(SOURCES)
ROOF = ("", "__main__")
"""What stands above all floors: the package itself, which is imported from outside alone."""


def modules_of(name: str) -> dict[str, Module]:
    return read(SOURCES[name])


def floor_of(module: str, floors: tuple[str, ...]) -> tuple[int, str]:
    """Return the number of the floor on which a module stands, and its room there."""
    if module in ROOF:
        return len(floors), module
    if module == "__about__":
        return -1, module
    parts = module.split(".")
    for size in range(len(parts), 0, -1):
        room = "/".join(parts[:size])
        for number, rooms in enumerate(floors):
            if room in rooms.split():
                return number, room
    for number, rooms in enumerate(floors):
        if rooms == "*":
            return number, module
    pytest.fail(f"{module} stands on no floor: give it, or its folder, a place in FLOORS")


def check(name: str, rule: str, bad: list[str]) -> None:
    """Fail if a rule is broken more often than `LEFT` says, and also if it is less often."""
    allowed, why = LEFT.get((name, rule), (0, ""))
    said = "\n".join([*bad, f"{len(bad)} of these; LEFT allows {allowed}. {why}"])
    assert len(bad) <= allowed, said
    assert len(bad) == allowed, f"{said}\nThat has become better: write the smaller number there."


@pytest.mark.parametrize("name", PACKAGES)
def test_no_arrow_points_up_or_sideways(name: str) -> None:
    floors = FLOORS[name]
    bad = []
    for module in modules_of(name).values():
        number, room = floor_of(module.name, floors)
        for arrow in module.arrows:
            its_number, its_room = floor_of(arrow.target, floors)
            inside = arrow.target.startswith(f"{module.name}.")  # of the folder whose door it is
            if room != its_room and its_number >= number and not inside:
                bad.append(f"{arrow}: {its_room or name} is not below {room or name}")
    check(name, "arrows", bad)


@pytest.mark.parametrize("name", PACKAGES)
def test_every_room_is_there(name: str) -> None:
    named = {room for floor in FLOORS[name] for room in floor.split()} - {"*"}
    modules = modules_of(name)
    there = {module.replace(".", "/") for module in modules}
    there |= {module.folder for module in modules.values()}
    assert named <= there, f"these are gone: {sorted(named - there)}"


@pytest.mark.parametrize("name", PACKAGES)
def test_no_module_imports_itself_in_the_end(name: str) -> None:
    assert in_circles(modules_of(name), types=False) == []
    check(name, "circles of types", in_circles(modules_of(name)))


@pytest.mark.parametrize("name", PACKAGES)
def test_no_private_name_of_another_folder_is_imported(name: str) -> None:
    check(name, "private names", list(private_imports(modules_of(name))))


@pytest.mark.parametrize("name", PACKAGES)
def test_no_private_name_of_another_package_is_imported(name: str) -> None:
    bad = [
        f"{module.name} (line {line}) imports {target} {what}"
        for module in modules_of(name).values()
        for target, what, line in module.foreign
        if target.partition(".")[0] in PACKAGES
        and any(private(part) for part in (*target.split("."), what))
    ]
    assert not bad, "\n".join(bad)


@pytest.mark.parametrize("name", PACKAGES)
def test_no_private_attribute_of_another_folder_is_used(name: str) -> None:
    made: dict[str, set[str]] = {}
    for package in PACKAGES:
        for module in modules_of(package).values():
            place = f"{package}/{module.folder}".rstrip("/")
            made.setdefault(place, set()).update(module.made - HOOKS)
    check(name, "private attributes", list(private_reaches(modules_of(name), made)))


@pytest.mark.parametrize(
    ("name", "folder"), [(name, folder) for name, folders in NO_IO.items() for folder in folders]
)
def test_no_io_where_it_is_only_decided(name: str, folder: str) -> None:
    inside = [m for m in modules_of(name).values() if m.folder.split("/")[0] == folder]
    assert inside, "an empty folder would pass"
    bad = [
        f"{module.name} (line {line}) imports {target}"
        for module in inside
        for target, what, line in module.foreign
        if {target, target.partition(".")[0], f"{target}.{what}"} & IO
    ]
    assert not bad, "\n".join(bad)


# The search itself ----------------------------------------------------------------------------

INSIDE = {
    "__init__.py": "from .high.door import Door\n",
    "low/__init__.py": "",
    "low/stone.py": "class Stone:\n    def __init__(self): self._weight = 1\n\n_SECRET = 1\n",
    "high/__init__.py": "",
    "high/door.py": "from ..low.stone import Stone\n\n\nclass Door: ...\n",
    "high/key.py": "from . import door\n",
}


def package(folder: Path, **changes: str) -> dict[str, Module]:
    place = folder / "house"
    for name, text in {**INSIDE, **changes}.items():
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return read(place)


def test_the_search_leaves_a_tidy_package_alone(tmp_path: Path) -> None:
    modules = package(tmp_path)
    assert [str(arrow) for arrow in modules["high.key"].arrows] == [
        "high.key (line 1) imports high.door"
    ]
    assert in_circles(modules) == []
    assert list(private_imports(modules)) == []
    assert list(private_reaches(modules, {"low": modules["low.stone"].made})) == []


@pytest.mark.parametrize(
    "text",
    [
        "from ..high.door import Door",
        "def f():\n    from ..high import door",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import house.high.door",
    ],
)
def test_the_search_finds_a_circle(tmp_path: Path, text: str) -> None:
    modules = package(tmp_path, **{"low/stone.py": text})
    assert in_circles(modules) == ["high.door", "low.stone"]


@pytest.mark.parametrize(
    "text", ["from ..low.stone import _SECRET", "from ..low import _hidden", "import house.low._h"]
)
def test_the_search_finds_a_private_import(tmp_path: Path, text: str) -> None:
    modules = package(tmp_path, **{"high/key.py": text, "low/_hidden.py": "", "low/_h.py": ""})
    assert len(list(private_imports(modules))) == 1


def test_the_search_finds_a_reach_into_another_folder(tmp_path: Path) -> None:
    modules = package(tmp_path, **{"high/key.py": "def f(stone):\n    return stone._weight\n"})
    found = list(private_reaches(modules, {"low": modules["low.stone"].made}))
    assert found == ["high.key (line 2) uses _weight, of low"]
