"""The forms of a static file mapping; given: nothing."""

single_files = {
    "/": "page.html",
    "/static/client.js": "static/client.js",
    "/static/style.css": "static/style.css",
}
explicit_type = {
    "/": {"filename": "page.html", "content_type": "text/plain"},
}
directory = {
    "/static": "./public",
}
default_file = {
    "/static": "./public",
    "": "image.gif",
}
default_file_with_type = {
    "/static": "./public",
    "": {"filename": "image.gif", "content_type": "text/plain"},
}
