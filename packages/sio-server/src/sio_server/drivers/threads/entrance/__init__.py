"""The way into the core under one lock: when it is called, and what is known of each client."""
