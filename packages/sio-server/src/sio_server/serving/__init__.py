"""What the adapters of web servers and frameworks share, whatever calls them.

Nothing in `sio_server` below this folder knows of it, except that the servers ask
`modes` which adapter serves their requests and `proxies` which headers they believe.
"""
