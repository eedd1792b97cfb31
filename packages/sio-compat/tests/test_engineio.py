"""The names of `engineio`: imported late, and honest where something is missing."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import engineio
from engineio import _lazy, _names
from sio_compat.place import Place


def run(code: str) -> subprocess.CompletedProcess[str]:
    """Run code in a fresh interpreter."""
    path = os.pathsep.join(path for path in sys.path if path)
    return subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": path},
    )


def test_nothing_is_imported_before_it_is_used() -> None:
    done = run("import engineio, sys; print({m.split('.')[0] for m in sys.modules if 'sio_' in m})")
    assert done.stdout.strip() == "{'sio_compat'}", done.stderr
    done = run("import engineio as e; print(e.payload.Payload, e.base_client.BaseClient)")
    assert done.stdout.count("class") == 2, done.stderr


@pytest.mark.parametrize("module", _names.MODULES)
def test_each_module_has_its_names(module: str) -> None:
    found = getattr(engineio, module)
    for name in _names.MODULES[module]:
        assert getattr(found, name) is not None
        assert name in dir(found)
    with pytest.raises(AttributeError):
        found.no_such_name  # noqa: B018


@pytest.mark.parametrize("module", ["asgi", "tornado"])
def test_the_drivers_have_the_names_that_programs_import(module: str) -> None:
    name = {"asgi": "ASGIApp", "tornado": "get_tornado_handler"}[module]
    code = f"from engineio.async_drivers.{module} import {name} as x, __dir__ as d; print(d(), x)"
    done = run(code)
    assert name in done.stdout, done.stderr
    assert run(f"from engineio.async_drivers.{module} import nothing").returncode == 1


def test_a_star_import_brings_what_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert set(engineio.__all__) == set(_names.PUBLIC)
    missing = Place("sio_of_tomorrow", "ASGIApp", "sio-of-tomorrow")
    monkeypatch.setitem(_names.PUBLIC, "ASGIApp", missing)  # type: ignore[arg-type]
    get, names = _lazy.for_names("engineio", _names.PUBLIC)
    assert set(get("__all__")) == set(_names.PUBLIC) - {"ASGIApp"}
    assert "ASGIApp" in names()
    with pytest.raises(ImportError, match=r"engineio\.ASGIApp needs .*sio-of-tomorrow"):
        get("ASGIApp")


@pytest.mark.parametrize("name", ["python_engineio-4.15.1.dist-info", "Python-EngineIO-4.egg-info"])
def test_python_engineio_beside_is_noticed(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    done = run(f"import sys; sys.path.append({str(tmp_path)!r})\nimport engineio")
    assert f"python-engineio in {tmp_path}, sio-compat in " in done.stderr
    assert "run 'pip uninstall -y python-engineio'\n" in done.stderr
    assert done.stderr.count("UserWarning") == 1
