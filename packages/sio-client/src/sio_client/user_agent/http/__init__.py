"""HTTP/1.1: heads, bodies, codings of content, and cookies."""
