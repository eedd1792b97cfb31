"""What is installed where programs in the field run, and where `socketio` comes from."""

import importlib.metadata
import json

import socketio

installed = {name.metadata["Name"].lower() for name in importlib.metadata.distributions()}
print(json.dumps([socketio.__file__, sorted(installed)]))
