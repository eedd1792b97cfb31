"""A short run of `fuzz.py`, always the same one."""

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

FILE = Path(__file__).with_name("fuzz.py")


def load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("sio_core_fuzz", FILE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


fuzz = load()


@pytest.mark.parametrize("name", sorted(fuzz.TARGETS))
def test_the_samples_and_what_is_close_to_them(name: str) -> None:
    target, corpus = fuzz.TARGETS[name]
    for sample in corpus:
        target(sample)
    assert fuzz.fuzz(1, runs=200, names=[name]) == 200


def test_a_run_can_be_repeated() -> None:
    seen: list[list[bytes]] = [[], []]
    for inputs in seen:
        fuzz.TARGETS["probe"] = (inputs.append, [b"a", b"bc"])
        try:
            fuzz.fuzz(7, runs=300, names=["probe"])
        finally:
            del fuzz.TARGETS["probe"]
    assert seen[0] == seen[1]
    assert len(set(seen[0])) > 200


def test_what_raises_says_how_to_repeat_it() -> None:
    def fails(data: bytes) -> None:
        raise RecursionError

    fuzz.TARGETS["probe"] = (fails, [b"a"])
    try:
        with pytest.raises(RecursionError) as caught:
            fuzz.fuzz(7, runs=1, names=["probe"])
    finally:
        del fuzz.TARGETS["probe"]
    assert caught.value.__notes__ == ["target probe, seed 7, run 0, input b'a'"]


def test_it_stops_when_its_time_is_over() -> None:
    moments = iter([0.0, 0.5, 1.0, 1.5, 2.0])
    assert fuzz.fuzz(1, seconds=2.0, clock=lambda: next(moments)) == 3


def test_it_runs_alone() -> None:
    command = [sys.executable, str(FILE), "--seconds", "0.2", "--seed", "3", "--target", "query"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.endswith("inputs, nothing raised\n")
