"""The real service: PostgreSQL, Redis, HTTPS behind a proxy."""

from . import env
from .base import *

env.require(
    "JIAXING_SECRET_KEY",
    "JIAXING_FIELD_KEYS",
    "JIAXING_HASH_KEY",
    "JIAXING_ALLOWED_HOSTS",
    "DATABASE_URL",
    "REDIS_URL",
)

DEBUG = False
DEMO_ALLOWED = False
FIELD_KEYS = env.field_keys(env.FIELD_KEYS)
HASH_KEY = env.key(env.HASH_KEY, "JIAXING_HASH_KEY")
ALLOWED_HOSTS = env.ALLOWED_HOSTS
PROXY_COUNT = env.PROXY_COUNT
vars().update(env.EMAIL)  # EMAIL_HOST and the others

STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage",
    },
}
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
# Source maps are large, only developers load them, and brotli takes a minute on them.
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = [
    *("jpg", "jpeg", "png", "gif", "webp", "zip", "gz", "br", "woff", "woff2"),
    "map",
]

CSRF_COOKIE_SECURE = True
LANGUAGE_COOKIE_SECURE = True
SESSION_COOKIE_SECURE = True
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60
SECURE_SSL_REDIRECT = True
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]  # asked from inside, without TLS
if PROXY_COUNT:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
