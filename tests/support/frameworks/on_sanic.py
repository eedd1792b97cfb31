"""A site under Sanic's own web server, in a single process."""

from __future__ import annotations

import os
from typing import Any

from sanic import HTTPResponse, Request, Sanic
from sanic.constants import HTTP_METHODS

from tests.support.frameworks.site import Site


def make_app(site: Site) -> Sanic[Any, Any]:
    """Return the application of a site."""
    app: Sanic[Any, Any] = Sanic("site")
    app.config.AUTO_EXTEND = False

    async def answer(request: Request, path: str = "") -> Any:
        sio = site.find(request.path)
        if sio is not None:
            return await sio.handle_request(request)
        await request.receive_body()  # type: ignore[no-untyped-call]
        status, body = await site.answer(request.path, request.body)
        return HTTPResponse(body, status)

    for uri, name in (("/", "root"), ("/<path:path>", "rest")):
        app.add_route(answer, uri, HTTP_METHODS, name=name, stream=True)
    if site.sio is not None:
        site.sio.attach(app)

    @app.before_server_start
    async def started(_: Any) -> None:
        print("other application: startup", flush=True)

    @app.after_server_stop
    async def stopped(_: Any) -> None:
        print("other application: shutdown", flush=True)

    return app


def run(site: Site, port: int) -> None:
    """Serve the site until the process is told to end."""
    options: dict[str, Any] = {}
    if certificate := os.environ.get("SIO_TEST_CERTIFICATE"):
        options["ssl"] = {"cert": certificate, "key": os.environ["SIO_TEST_KEY"]}
    app = make_app(site)
    app.run("127.0.0.1", port, single_process=True, motd=False, access_log=False, **options)
