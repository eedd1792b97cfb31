"""Frameworks that serve the applications of tests: a module each, which has `run(site, port)`."""
