"""How clients behave: each test is written once, and runs with `Client` and with `AsyncClient`."""
