"""The test run: tasks inline, cheap passwords, plain static files."""

from . import env
from .base import *

DEBUG = False
SECRET_KEY = "only-for-tests-" + "x" * 50
FIELD_KEYS = (("test", b"only-for-tests-only-for-tests-32"),)
HASH_KEY = b"only-for-tests-the-hash-key-is32"
FAILPOINT = env.FAILPOINT
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
SMS_PROVIDERS = env.SMS_PROVIDERS or ("local",)
SMS_PROVIDER = "jiaxing_hukou.accounts.messages.keep_sms"

CELERY_TASK_ALWAYS_EAGER = True
CELERY_TASK_EAGER_PROPAGATES = True

if not env.REDIS_URL:
    # The table that is used then is tested by itself; here the cache has to be emptied
    # before each test, also before those that may not touch the database.
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

if not env.DATABASE_URL:
    # A file, as it really is: one in memory cannot be shared by processes.
    DATABASES["default"]["TEST"] = {"NAME": str(env.DATA_DIR / "test.sqlite3")}

# A test that is about a limit sets its own.
RATES = dict.fromkeys(env.RATES, "1000000/s")

WHITENOISE_AUTOREFRESH = True
WHITENOISE_USE_FINDERS = True
