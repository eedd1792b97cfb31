"""The applications whose requests can be answered without ASGI in between, and which those are."""
