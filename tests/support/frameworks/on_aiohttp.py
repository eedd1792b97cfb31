"""A site under aiohttp's own web server."""

from __future__ import annotations

import os
import ssl

from aiohttp import web

from tests.support.frameworks.site import Site


def make_app(site: Site) -> web.Application:
    """Return the application of a site."""

    async def answer(request: web.Request) -> web.StreamResponse:
        found = site.find(request.path)
        if found is not None:
            response: web.StreamResponse = await found.handle_request(request)
            return response
        status, body = await site.answer(request.path, await request.read())
        return web.Response(status=status, body=body)

    async def started(_: web.Application) -> None:
        print("other application: startup", flush=True)

    async def stopped(_: web.Application) -> None:
        print("other application: shutdown", flush=True)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    app.on_startup.append(started)
    app.on_cleanup.append(stopped)
    if site.sio is not None:
        site.sio.attach(app)
    else:
        app.on_shutdown.append(lambda _: site.shutdown())
    return app


def make_gunicorn_app(name: str) -> web.Application:
    """Return the application that serves the module `name` (`module:app`), for gunicorn."""
    return make_app(Site(name.partition(":")[0]))


def run(site: Site, port: int) -> None:
    """Serve the site until the process is told to end."""
    context = None
    if certificate := os.environ.get("SIO_TEST_CERTIFICATE"):
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate, os.environ["SIO_TEST_KEY"])
    app = make_app(site)
    web.run_app(app, host="127.0.0.1", port=port, access_log=None, print=None, ssl_context=context)
