"""`arguments.py`: wrong arguments are found before anything is connected."""

import pytest

from sio_client.command.arguments import grammar

URL = "http://localhost:5000"


def test_defaults():
    options = grammar().parse_args([URL])
    assert options.url == URL
    assert options.namespace == "/"
    assert options.transport is None
    assert options.auth is None
    assert options.header == []
    assert options.timeout == 10
    assert options.protocol is None


def test_everything_at_once():
    options = grammar().parse_args(
        [
            *(URL, "-n", "/chat", "-t", "websocket", "-a", '{"token": "ö"}', "-H", "X: a:b"),
            *(
                "-H",
                "Y:1",
                "--path",
                "/ws/socket.io/",
                "--serializer",
                "msgpack",
                "--timeout",
                ".5",
            ),
            *("--protocol", "3"),
        ]
    )
    assert (options.namespace, options.transport) == ("/chat", "websocket")
    assert options.auth == {"token": "ö"}
    assert options.header == [("X", "a:b"), ("Y", "1")]
    assert options.timeout == 0.5
    assert options.protocol == 3


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ([], "URL"),
        (["localhost:5000"], "URL: the URL must begin with http://"),
        (["http://"], "URL: the URL has no host name"),
        (["http://user:hunter2@a b"], "URL: the URL contains spaces"),
        ([URL, "-n", "chat"], "a namespace begins with '/'"),
        ([URL, "-a", "hunter2"], "--auth: not JSON"),
        ([URL, "-a", '["hunter2"]'], "--auth: must be a JSON object"),
        ([URL, "-a", "[" * 100_000], "--auth: not JSON"),
        ([URL, "-H", "hunter2"], "--header: must be written as 'Name: value'"),
        ([URL, "-H", "A B: hunter2"], "--header: the name of a header"),
        ([URL, "-H", "A: hunter2\r\nB: c"], "--header: the header A has line breaks"),
        ([URL, "--path", "a b"], "--path: contains spaces"),
        ([URL, "--transport", "smoke"], "--transport: invalid choice"),
        ([URL, "--protocol", "5"], "--protocol: invalid choice"),
        ([URL, "--serializer", "pickle"], "--serializer: invalid choice"),
        ([URL, "--timeout", "0"], "--timeout: must be a number of seconds above 0"),
        ([URL, "--timeout", "nan"], "--timeout: must be a number"),
        ([URL, "--timeout", "soon"], "--timeout: must be a number"),
        ([URL, "--name", "/chat"], "unrecognized arguments: --name"),
    ],
)
def test_wrong_arguments(capsys, arguments, complaint):
    with pytest.raises(SystemExit) as ended:
        grammar().parse_args(arguments)
    assert ended.value.code == 2
    err = capsys.readouterr().err
    assert complaint in err
    assert "hunter2" not in err
    assert "Traceback" not in err


def test_the_help_fits_a_terminal(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    with pytest.raises(SystemExit) as ended:
        grammar().parse_args(["--help"])
    assert ended.value.code == 0
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 80
    text = "\n".join(lines)
    for word in ("--namespace", "--auth", "--listen", "exit codes:", "examples:", "130"):
        assert word in text
