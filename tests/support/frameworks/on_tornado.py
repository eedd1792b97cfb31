"""Tornado serves the application of a test, and ends as its page of the documentation says."""

import asyncio
import os
import signal
import ssl
from types import SimpleNamespace
from typing import Any, cast

from tornado.httputil import HTTPServerRequest
from tornado.web import Application, RequestHandler

from sio_server.serving.async_server_end import AsyncServerEnd
from sio_tornado import SocketIOHandler, get_tornado_handler
from tests.support.frameworks.site import Site


def run(site: Site, port: int) -> None:
    """Serve `site` until the process is told to stop."""
    asyncio.run(serve(site, port))


async def serve(site: Site, port: int) -> None:
    """Listen on `port`, and return once a signal has told the process to stop."""
    server = application(site).listen(port, "127.0.0.1", ssl_options=tls())
    print("other application: startup", flush=True)
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    await stopping.wait()
    server.stop()
    await site.shutdown()
    await server.close_all_connections()
    print("other application: shutdown", flush=True)


def tls() -> ssl.SSLContext | None:
    """Return the context with the certificate of the test, if it has one."""
    certificate = os.environ.get("SIO_TEST_CERTIFICATE")
    if certificate is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, os.environ["SIO_TEST_KEY"])
    return context


def application(site: Site) -> Application:
    """The routes of `site`."""
    endpoint: Any = _Found if site.sio is None else get_tornado_handler(site.sio)

    class Other(RequestHandler):
        async def get(self) -> None:
            status, body = await site.answer(self.request.path, self.request.body)
            self.set_status(status)
            self.finish(body)

        head = post = put = patch = delete = options = get

    class Sites(Application):
        def find_handler(self, request: HTTPServerRequest, **kwargs: Any) -> Any:
            kind = Other if site.find(request.path) is None else endpoint
            return self.get_handler_delegate(request, kind)

    if site.sio is None:
        return Sites(site=site)
    return Application([(r"/socket\.io(?:/.*)?", endpoint), (r"/.*", Other)])


class _Found(SocketIOHandler):
    """Serves whatever server has the path: those of the behaviour suite come and go."""

    socketio_end = cast("AsyncServerEnd", SimpleNamespace(watch=lambda: None))

    @property
    def socketio_server(self) -> Any:
        return self.settings["site"].find(self.request.path)
