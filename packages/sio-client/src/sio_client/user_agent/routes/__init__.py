"""Where a request goes: the address it names, and the proxy in between."""
