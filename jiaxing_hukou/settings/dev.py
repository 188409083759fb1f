"""A computer on a desk: nothing to set, everything in the folder ``var``."""

from . import env
from .base import *

DEBUG = env.DEBUG  # off by default, so that the error pages are the real ones
SECRET_KEY = env.SECRET_KEY or "only-for-development-" + "x" * 50
ALLOWED_HOSTS = env.ALLOWED_HOSTS or ["*"]
EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"

WHITENOISE_AUTOREFRESH = True
WHITENOISE_USE_FINDERS = True
