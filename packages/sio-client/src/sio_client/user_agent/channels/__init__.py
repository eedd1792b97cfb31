"""What goes through one pipe after another: requests, or one WebSocket; and which are free."""
