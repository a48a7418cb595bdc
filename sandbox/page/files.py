"""The page's fixed files: its own modules and styles, and the libraries shipped with it."""

from pathlib import Path

from aiohttp import web

FOLDER = Path(__file__).parent
_TYPES = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".ogg": "audio/ogg",
}


def add_files(app: web.Application) -> None:
    """Each file of a kind that browsers are to load, at /sandbox/ and its path in this folder."""
    for file in sorted(FOLDER.rglob("*")):
        if file.suffix in _TYPES:
            app.router.add_get(f"/sandbox/{file.relative_to(FOLDER).as_posix()}", _serve)


async def _serve(request: web.Request) -> web.StreamResponse:
    """No token: modules import each other by plain names, and there is no secret in them."""
    file = FOLDER / request.path.removeprefix("/sandbox/")
    # asked again each time, answered "not modified": a changed page is never an old one
    headers = {"Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff"}
    headers["Content-Type"] = _TYPES[file.suffix]
    return web.FileResponse(file, headers=headers)
