"""The driver of `Client`, in a thread of its own."""
