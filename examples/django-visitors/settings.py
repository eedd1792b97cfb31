"""What Django needs to know; there is no database, sessions are signed cookies."""

import secrets
from pathlib import Path

SECRET_KEY = secrets.token_urlsafe(50)  # a new one at each start: names are forgotten then
ALLOWED_HOSTS = ["127.0.0.1", "localhost"]
ROOT_URLCONF = "views"
WSGI_APPLICATION = "wsgi.application"
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
]
SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [Path(__file__).parent],
    }
]
TIME_ZONE = "UTC"
