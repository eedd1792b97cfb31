"""The class for `--http`: requests that are answered without ASGI in between."""
