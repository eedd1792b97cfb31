"""How the handlers of an application are called for what happens in the core."""
