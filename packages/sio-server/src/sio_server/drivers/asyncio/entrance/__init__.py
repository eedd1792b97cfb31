"""The way into the core from an event loop: when it is called, and what is known of each client."""
