"""Sphinx's configuration; ``python3 dev.py docs`` builds with warnings as errors."""

import builtins
import importlib
import sys
from typing import Any

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

project = "sio"
author = "the sio authors"
project_copyright = "the sio authors"
html_title = "sio"
html_theme = "furo"
exclude_patterns = ["_build"]
extensions = ["myst_parser", "sphinx.ext.autodoc"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_default_options = {"members": True, "undoc-members": True, "show-inheritance": True}
python_use_unqualified_type_names = True

# The modules that docs/api describes, the one that users import a name from first.
PUBLIC_MODULES = (
    "sio_asgi",
    "sio_server",
    "sio_core",
    "sio_core.engineio",
    "sio_core.socketio",
    "sio_core.cluster",
    "sio_core.testing",
)

# The standard library is not part of these pages: a build needs no network and no inventory of it.
_OUTSIDE = "|".join(sorted([*sys.stdlib_module_names, *(n for n in dir(builtins) if n[0] != "_")]))
nitpick_ignore_regex = [(r"py:.*", rf"({_OUTSIDE})(\..*)?")]


def _public_names() -> dict[str, str]:
    """Return the documented name of each public object by the name its own module gives it."""
    names: dict[str, str] = {}
    for module_name in reversed(PUBLIC_MODULES):
        try:
            module = importlib.import_module(module_name)
        except ModuleNotFoundError:
            continue
        for name in getattr(module, "__all__", ()):
            value = getattr(module, name)
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


def setup(app: Sphinx) -> None:
    """Connect the resolver."""
    app.connect("missing-reference", resolve_public)
