"""Sphinx's configuration; ``python3 dev.py docs`` builds with warnings as errors."""

import builtins
import importlib
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

project = "sio"
author = "the sio authors"
project_copyright = "the sio authors"
html_title = "sio"
html_theme = "furo"
exclude_patterns = ["_build"]
extensions = ["myst_parser", "sphinx.ext.autodoc", "statecharts"]
html_static_path = ["_static"]
html_css_files = ["tables.css"]
myst_enable_extensions = ["colon_fence", "deflist", "tasklist"]
myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_default_options = {"members": True, "undoc-members": True, "show-inheritance": True}
# Single backticks in docstrings are code.
default_role = "code"
python_use_unqualified_type_names = True
# A parameter a line where they do not fit on one.
maximum_signature_line_length = 88

# The modules that docs/api describes, the one that describes a name first.
PUBLIC_MODULES = (
    "sio_server",
    "sio_asgi",
    "sio_wsgi",
    "sio_aiohttp",
    "sio_tornado",
    "sio_sanic",
    "sio_redis",
    "sio_amqp",
    "sio_kombu",
    "sio_nats",
    "sio_kafka",
    "sio_zmq",
    "sio_client",
    "sio_core",
    "sio_core.engineio",
    "sio_core.socketio",
    "sio_core.cluster",
    "sio_core.testing",
    "sio_core.websocket",
)

# The standard library, Tornado and uvicorn are not part of these pages: a build needs no network
# and none of their inventories.
_LIBRARIES = ("opentelemetry", "prometheus_client", "tornado", "uvicorn")
_OUTSIDE = "|".join(
    sorted([*_LIBRARIES, *sys.stdlib_module_names, *(n for n in dir(builtins) if n[0] != "_")])
)
# Nor are the inner classes that a public signature may show: here those it names without a module.
_INNER = "EventT|ManagerT|R|ClientLoad|Connection|PendingAck|ServerApi"
nitpick_ignore_regex = [
    (r"py:.*", rf"({_OUTSIDE})(\..*)?"),
    (r"py:.*", _INNER),
    (r"py:.*", r"sio_\w+(\.[a-z_]\w*)+\.[A-Z]\w*"),
    # A type that was cut in two at its comma.
    (r"py:class", r"(dict|tuple)\[\w+"),
]


def _exported(module_name: str) -> Sequence[str]:
    """Return the public names of a module; a module that is still to come has none."""
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        if error.name != module_name:
            raise
        return ()
    names: Sequence[str] = module.__all__
    return names


def _public_names() -> dict[str, str]:
    """Return the documented name of each public object by the name its own module gives it."""
    names: dict[str, str] = {}
    for module_name in reversed(PUBLIC_MODULES):
        for name in _exported(module_name):
            value = getattr(importlib.import_module(module_name), name)
            home = f"{getattr(value, '__module__', module_name)}.{name}"
            names[home] = names[f"{module_name}.{name}"] = names[name] = f"{module_name}.{name}"
    return names


_NAMES = _public_names()


def resolve_public(
    app: Sphinx, env: BuildEnvironment, node: pending_xref, contnode: nodes.Element
) -> Any:
    """Lead a reference to the module that defines a name to the page of the public one."""
    if node.get("refdomain") != "py":
        return None
    head, _, tail = str(node["reftarget"]), "", ""
    while head:
        public = _NAMES.get(head)
        if public is not None:
            target = f"{public}.{tail}" if tail else public
            domain = env.get_domain("py")
            place = str(node["refdoc"])
            return domain.resolve_xref(env, place, app.builder, "obj", target, node, contnode)
        head, _, last = head.rpartition(".")
        tail = f"{last}.{tail}" if tail else last
    return None


def check_complete(app: Sphinx, env: BuildEnvironment) -> None:
    """Warn of every public name that docs/api leaves out."""
    documented = env.get_domain("py").objects
    for module_name in PUBLIC_MODULES:
        for name in _exported(module_name):
            value = getattr(importlib.import_module(module_name), name)
            full = f"{module_name}.{name}"
            home = f"{getattr(value, '__module__', module_name)}.{name}"
            plain = isinstance(value, ModuleType) or name == "__version__"
            if not plain and full not in documented and home not in documented:
                logging.getLogger(__name__).warning("docs/api does not describe %s", full)


def leave_out_object(app: Sphinx, doctree: nodes.document) -> None:
    """Do not say of a class without other bases that it is an object."""
    for paragraph in list(doctree.findall(nodes.paragraph)):
        if paragraph.astext() == "Bases: object":
            paragraph.parent.remove(paragraph)


def setup(app: Sphinx) -> None:
    """Connect the resolver and the check."""
    app.connect("doctree-read", leave_out_object)
    app.connect("missing-reference", resolve_public)
    app.connect("env-check-consistency", check_complete)
