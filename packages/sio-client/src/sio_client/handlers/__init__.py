"""How handlers of the application are called: in tasks, or in threads."""
