"""aiohttp serves the application of a test."""

from aiohttp import web
from aiohttp.typedefs import Handler

from tests.support.frameworks.site import Site


def run(site: Site, port: int) -> None:
    """Serve `site` until the process is told to stop."""

    @web.middleware
    async def count_polls(request: web.Request, handler: Handler) -> web.StreamResponse:
        async with site.polling(request.method, request.query.get("sid", "")):
            return await handler(request)

    async def answer(request: web.Request) -> web.StreamResponse:
        found = site.find(request.path)
        if found is not None:
            response: web.StreamResponse = await found.handle_request(request)
            return response
        status, body = await site.answer(request.path, await request.read())
        return web.Response(status=status, body=body)

    app = web.Application(middlewares=[count_polls])
    app.router.add_route("*", "/{path:.*}", answer)
    if site.sio is not None:
        site.sio.attach(app)
    web.run_app(app, host="127.0.0.1", port=port, access_log=None, print=None)
