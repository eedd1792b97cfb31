"""`engineio.async_drivers`: the names that programs give to those who package them.

The async modes are brought by adapters; the modules here have names only.
"""
