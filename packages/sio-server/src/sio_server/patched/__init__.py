"""Methods of a server that programs put their own in the place of; used only where one has."""
