"""Who may log in, and how often somebody may try."""

import json
import statistics
import time

import bcrypt
import pytest

from sio_core.handlers import flows
from sio_server import AsyncServer, Server
from sio_server.admin.access import credentials as module
from sio_server.admin.access.attempts import (
    MAX_ADDRESSES,
    OF_ALL,
    OF_ONE_ADDRESS,
    SECONDS,
    Attempts,
)
from sio_server.admin.access.credentials import Credentials, check_auth
from sio_server.admin.access.page_sessions import MAX_SESSIONS, PageSessions
from sio_server.admin.access.page_sessions import SECONDS as SESSION_SECONDS

ANN = {"username": "ann", "password": "s3cret"}


def hashed(password, prefix=b"2b"):
    made = bcrypt.hashpw(password.encode(), bcrypt.gensalt(4)).decode()
    return made.replace("$2b$", f"${prefix.decode()}$", 1)


def allows(auth, given):
    made = Credentials(auth, lambda function, *args: function(*args), may_wait=False)
    return flows.run(made.check(given))


@pytest.mark.parametrize(
    ("auth", "given", "expected"),
    [
        (ANN, ANN, True),
        (ANN, {**ANN, "password": "S3cret"}, False),
        (ANN, {**ANN, "username": "bob"}, False),
        (ANN, {"username": "ann"}, False),
        (ANN, {**ANN, "more": "x"}, False),
        (ANN, {}, False),
        (ANN, None, False),
        (ANN, "ann", False),
        (ANN, ["ann", "s3cret"], False),
        (ANN, {**ANN, "password": {"$ne": 1}}, False),
        (ANN, {**ANN, "password": "x" * 2_000}, False),
        (ANN, {"username": "ann", "password": "\ud800"}, False),
        ([{"token": "t"}, ANN], ANN, True),
        ([{"token": "t"}, ANN], {"token": "t"}, True),
        ([{"token": "t"}, ANN], {"token": "u"}, False),
        ({"token": 5}, {"token": 5}, True),
        ({"token": 5}, {"token": "5"}, False),
        ({"token": True}, {"token": 1}, False),
        ({"token": 1.5}, {"token": 1.5}, True),
        ({"name": "ä", "word": "€"}, {"name": "ä", "word": "€"}, True),
        (lambda given: given == ANN, ANN, True),
        (lambda given: given == ANN, {}, False),
        (lambda given: None, ANN, False),
        (lambda given: True, {str(number): 1 for number in range(17)}, False),
        (lambda given: True, "text", False),
    ],
)
def test_what_is_entered_is_compared(auth, given, expected):
    assert allows(auth, given) is expected


@pytest.mark.parametrize("prefix", [b"2a", b"2b", b"2y"])
def test_a_value_may_be_a_hash(prefix):
    auth = [{"username": "ann", "password": hashed("s3cret", prefix)}, {"token": "t"}]
    assert allows(auth, ANN) is True
    assert allows(auth, {**ANN, "password": "other"}) is False
    assert allows(auth, {**ANN, "username": "bob"}) is False
    assert allows(auth, {**ANN, "password": auth[0]["password"]}) is False, (
        "the hash is no password"
    )
    assert allows(auth, {"token": "t"}) is True
    assert allows(auth, {"username": "ann"}) is False
    assert allows(auth, {**ANN, "password": "s3cret" + "x" * 70}) is False
    assert allows(auth, {**ANN, "password": "s3cret\0"}) is False


def test_a_name_that_nobody_has_takes_as_long(monkeypatch):
    seen = []
    monkeypatch.setattr(module, "_check_hash", lambda password, value: seen.append(value) or False)
    auth = [
        {"username": "ann", "password": hashed("a")},
        {"username": "bob", "password": hashed("b")},
    ]
    for name in ("ann", "bob", "nobody"):
        allows(auth, {"username": name, "password": "guess"})
    assert len(seen) == 3, "one hash each time"


def test_an_attempt_takes_a_bounded_time():
    auth = [{"username": f"user {number}", "password": "x" * 50} for number in range(100)]
    times = []
    for _ in range(20):
        begun = time.thread_time()
        assert not allows(auth, {"username": "x" * 1_000, "password": "y" * 1_000})
        times.append(time.thread_time() - begun)
    assert statistics.median(times) < 0.05


@pytest.mark.parametrize(
    ("auth", "message"),
    [
        (None, "auth must be specified"),
        ({}, "must be a dictionary with fields"),
        ([], "an empty list"),
        ("", "not str"),
        ("secret", "not str"),
        (True, "not bool"),
        (5, "not int"),
        ([ANN, None], "not NoneType"),
        ({**ANN, "password": None}, "no value for 'password'"),
        ({**ANN, "password": ""}, "no value for 'password'"),
        ({5: "x"}, "are texts"),
    ],
)
@pytest.mark.parametrize("make", [AsyncServer, lambda: Server(async_mode="threading")])
def test_an_auth_that_cannot_be_is_refused(make, auth, message):
    sio = make()
    with pytest.raises(ValueError, match=message) as raised:
        sio.instrument(auth)
    assert "secret" not in str(raised.value)
    assert "/admin" not in sio.handlers


def test_a_coroutine_function_needs_a_server_of_its_colour():
    async def decide(given):
        return True

    AsyncServer().instrument(decide)
    with pytest.raises(TypeError, match="coroutine function"):
        Server(async_mode="threading").instrument(decide)


def test_a_hash_without_the_extra_names_it(monkeypatch):
    monkeypatch.setattr(module, "find_spec", lambda name: None)
    with pytest.raises(ValueError, match=r"pip install 'sio-server\[admin\]'"):
        AsyncServer().instrument({"username": "ann", "password": hashed("x")})


@pytest.mark.parametrize(
    "wrong",
    [{"mode": "test"}, {"namespace": "admin"}, {"server_stats_interval": 0}],
)
def test_other_arguments_that_cannot_be(wrong):
    with pytest.raises(ValueError):
        AsyncServer().instrument(ANN, **wrong)


def test_without_auth_there_is_a_warning_outside_development(caplog):
    AsyncServer().instrument(False)
    assert not caplog.records
    AsyncServer().instrument(False, mode="production")
    assert "auth is False" in caplog.text


def test_false_lets_everybody_in():
    assert check_auth(False, None, may_wait=False) is None


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


def test_failed_attempts_count_for_a_minute():
    clock = Clock()
    attempts = Attempts(clock)
    for _ in range(OF_ONE_ADDRESS):
        assert attempts.begin("a") is not None
    assert attempts.begin("a") is None
    assert attempts.begin("b") is not None
    clock.now = SECONDS + 1
    assert attempts.begin("a") is not None


def test_a_log_in_that_succeeds_does_not_count():
    attempts = Attempts(Clock())
    for _ in range(3 * OF_ALL):
        attempt = attempts.begin("a")
        assert attempt is not None
        attempts.succeeded("a", attempt)
    attempts.succeeded("stranger", 5.0)


def test_many_addresses_are_one_attacker():
    attempts = Attempts(Clock())
    let = [attempts.begin(f"address {number}") for number in range(OF_ALL + 20)]
    assert sum(attempt is not None for attempt in let) == OF_ALL


def test_addresses_are_forgotten():
    clock = Clock()
    attempts = Attempts(clock)
    for number in range(MAX_ADDRESSES + 50):
        clock.now += SECONDS
        assert attempts.begin(f"address {number}") is not None
    assert len(attempts._of) == MAX_ADDRESSES


def test_sessions_end():
    clock = Clock()
    sessions = PageSessions(clock)
    first = sessions.open()
    assert not any(
        sessions.is_valid(other) for other in ("", None, 5, [first], first[:-1], "x" * 999)
    )
    clock.now = SESSION_SECONDS - 1
    assert sessions.is_valid(first), "and for another day"
    clock.now += SESSION_SECONDS - 1
    assert sessions.is_valid(first)
    clock.now += SESSION_SECONDS + 1
    assert not sessions.is_valid(first)


def test_sessions_are_bounded_and_kept_as_digests():
    sessions = PageSessions(Clock())
    first, *others = [sessions.open() for _ in range(MAX_SESSIONS + 1)]
    assert not sessions.is_valid(first)
    assert sessions.is_valid(others[0])
    assert len(sessions._valid_until) == MAX_SESSIONS
    assert others[0] not in json.dumps([key.hex() for key in sessions._valid_until])
