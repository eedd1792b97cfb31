"""The request that opens a WebSocket, its answer, and the compression that both agree on."""
