"""`static_files`: which URLs a rule concerns, which files are found, and how they are answered."""

import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from sio_server.serving.static_files import CHUNK, LONGEST_PATH, StaticFiles, answer_with


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    public = tmp_path / "public"
    (public / ".git").mkdir(parents=True)
    (public / "index.html").write_text("index")
    (public / "app.js").write_text("script")
    (public / ".env").write_text("secret")
    (public / ".git" / "config").write_text("secret")
    (public / "link.txt").symlink_to(public / ".env")
    return public


def found(files: StaticFiles, url: str) -> str | None:
    file = files.find(url)
    return None if file is None else file.path.name


@pytest.mark.parametrize("prefix", ["/static", "/static/"])
def test_files_below_a_directory(folder, prefix):
    files = StaticFiles({prefix: str(folder)})
    assert found(files, "/static/app.js") == "app.js"
    assert found(files, "/static/") == "index.html"
    assert [found(files, url) for url in ("/static", "/staticx/app.js", "/app.js", "")] == [
        None
    ] * 4


def test_the_longest_rule_counts(folder, tmp_path):
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "app.js").write_text("")
    files = StaticFiles({"/": str(folder), "/a": str(folder), "/a/b": str(tmp_path / "other")})
    file = files.find("/a/b/app.js")
    assert file is not None
    assert file.path == tmp_path / "other" / "app.js"
    assert found(files, "/a/index.html") == "index.html"
    assert found(files, "/index.html") == "index.html"
    assert found(files, "/a/b/index.html") is None


@pytest.mark.parametrize(
    "url", ["/.env", "/.git/config", "/./app.js", "/link.txt", "/sub/../.env", "/.git/", "/\\.env"]
)
def test_dotfiles_are_not_found(folder, url):
    assert found(StaticFiles({"/": str(folder)}), url) is None


def test_a_rule_may_name_a_dotfile(folder):
    assert found(StaticFiles({"/settings": str(folder / ".env")}), "/settings") == ".env"


def test_the_disk_is_read_only_for_urls_that_a_rule_concerns(folder, monkeypatch):
    files = StaticFiles({"/": str(folder / "index.html"), "/static": str(folder)})

    def refuse(*_args: Any) -> Any:
        raise AssertionError("the disk was read")

    for method in ("resolve", "is_file", "is_dir", "exists", "stat"):
        monkeypatch.setattr(Path, method, refuse)
    for url in ("/x", "/x/y", "/statics/x", "", "/static/" + "a/" * LONGEST_PATH):
        assert not files.concerns(url)
        assert files.find(url) is None
    assert files.concerns("/")
    assert files.concerns("/static/x")


def test_without_rules_nothing_is_looked_at():
    class Untouched(str):
        def __len__(self) -> int:
            raise AssertionError("the path was looked at")

    assert not StaticFiles({}).concerns(Untouched("/" * 65_000))


@pytest.mark.parametrize("rule", [None, 3, {"content_type": "text/plain"}, ["a.html"], {}])
def test_a_rule_of_another_form_is_refused(rule):
    with pytest.raises(TypeError, match=r"'/page'.*'filename'"):
        StaticFiles({"/page": rule})


def test_a_rule_without_a_file_is_warned_of(tmp_path):
    with pytest.warns(UserWarning, match=r"nothing is at .*none\.html, for '/page'"):
        StaticFiles({"/page": str(tmp_path / "none.html")})


def test_a_file_is_read_a_piece_at_a_time(folder):
    size = 40 * CHUNK + 1
    (folder / "large.bin").write_bytes(bytes(size))
    file = StaticFiles({"/": str(folder)}).find("/large.bin")
    assert file is not None
    tracemalloc.start()
    try:
        answer = answer_with(file, "GET")
        assert sum(map(len, answer)) == size
        answer.close()
        assert tracemalloc.get_traced_memory()[1] < 10 * CHUNK
    finally:
        tracemalloc.stop()
    assert dict(answer.headers) == {
        "content-type": "application/octet-stream",
        "content-length": str(size),
        "x-content-type-options": "nosniff",
    }


def test_head_opens_no_body_and_post_is_refused(folder):
    file = StaticFiles({"/": str(folder)}).find("/app.js")
    assert file is not None
    head = answer_with(file, "HEAD")
    assert (head.status, dict(head.headers)["content-length"], list(head)) == (200, "6", [])
    assert head.stream is None
    refused = answer_with(file, "POST")
    assert (refused.status, dict(refused.headers)["allow"]) == (405, "GET, HEAD")
    (folder / "app.js").unlink()
    assert answer_with(file, "GET").status == 404


def test_a_file_that_shrinks_ends_early(folder):
    (folder / "log.txt").write_bytes(bytes(2 * CHUNK))
    file = StaticFiles({"/": str(folder)}).find("/log.txt")
    assert file is not None
    answer = answer_with(file, "GET")
    (folder / "log.txt").write_bytes(bytes(CHUNK))
    assert sum(map(len, answer)) == CHUNK
    answer.close()
