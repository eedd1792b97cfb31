"""What a server says in HTTP headers: cross-origin rules, cookies and compression."""
