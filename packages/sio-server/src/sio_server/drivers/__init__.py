"""The drivers: what calls the core, on asyncio and in threads or greenlets."""
