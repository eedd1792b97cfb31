"""The table of options in docs/managers.md is that of the managers."""

import re
from pathlib import Path

from sio_core.cluster import NodeConfig
from sio_server.managers.cluster.options import NAMES

PAGE = Path(__file__).resolve().parents[4] / "docs" / "managers.md"


def test_the_page_has_every_option_and_its_default():
    rows = re.findall(r"^\| `(\w+)` \| `([^`]+)` \|", PAGE.read_text(encoding="utf-8"), re.M)
    assert dict(rows) == {name: str(getattr(NodeConfig(), name)) for name in NAMES}
