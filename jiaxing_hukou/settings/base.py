"""What is the same everywhere; dev, test and production state the differences."""

from importlib.util import find_spec
from pathlib import Path

from csp.constants import NONE, SELF
from environ import Env

from . import env

BASE_DIR = env.BASE_DIR

# Apps and request handling

INSTALLED_APPS = [
    "jiaxing_hukou.accounts",
    "eligibility",
    "residence_permit",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "crispy_forms",
    "crispy_bootstrap5",
    "csp",
    "django_celery_results",
    "django_htmx",
    "ninja",  # its API pages then use our copies of their scripts, not a CDN's
]

MIDDLEWARE = [
    # The headers come first: what a later one refuses still carries them.
    "jiaxing_hukou.logs.RequestLogMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "jiaxing_hukou.middleware.ContentPolicyMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "jiaxing_hukou.health.HealthMiddleware",
    "jiaxing_hukou.middleware.RefuseNulMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "jiaxing_hukou.middleware.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "jiaxing_hukou.urls"
WSGI_APPLICATION = "jiaxing_hukou.wsgi.application"
CSRF_FAILURE_VIEW = "jiaxing_hukou.errors.csrf_failure"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "eligibility.context_processors.elder_mode",
            ],
        },
    },
]
CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"

# Data

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"


def _database(url: str) -> dict:
    """Return the settings of PostgreSQL, or of SQLite tuned for several processes."""
    config = Env.db_url_config(url)
    if config["ENGINE"] != "django.db.backends.sqlite3":
        return config | {
            "CONN_MAX_AGE": 60,
            "CONN_HEALTH_CHECKS": True,
            "OPTIONS": config.get("OPTIONS", {}) | {"connect_timeout": 5},
        }
    return config | {
        "CONN_MAX_AGE": 60,  # opening the file and its pragmas cost as much as a whole check
        "OPTIONS": {
            # A transaction takes the write lock when it begins. Otherwise one that
            # reads first and then writes fails at once, whatever the timeout says.
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;",
        },
    }


env.DATA_DIR.mkdir(parents=True, exist_ok=True)
DATABASES = {
    "default": _database(env.DATABASE_URL or f"sqlite:///{env.DATA_DIR / 'portal.sqlite3'}"),
}

if env.REDIS_URL:
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": env.REDIS_URL,
            "KEY_PREFIX": "jiaxing-hukou",
            "OPTIONS": {"socket_connect_timeout": 2, "socket_timeout": 5},
        },
    }
else:
    CACHES = {
        "default": {
            "BACKEND": "jiaxing_hukou.cache.AtomicDatabaseCache",
            "LOCATION": "cache",
            "OPTIONS": {"MAX_ENTRIES": 20_000},  # more, and it drops live counters
        },
    }

# Work in the background

if env.REDIS_URL:
    CELERY_BROKER_URL = env.REDIS_URL
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "global_keyprefix": "jiaxing-hukou:",  # the server may be shared
        "visibility_timeout": 600,  # longer than any task may run
        "socket_connect_timeout": 2,
        "socket_timeout": 5,
    }
else:
    _broker = env.DATA_DIR / "broker"
    for _folder in ("queue", "control"):
        (_broker / _folder).mkdir(parents=True, exist_ok=True)
    CELERY_BROKER_URL = "filesystem://"
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(_broker / "queue"),
        "data_folder_out": str(_broker / "queue"),
        "control_folder": str(_broker / "control"),
        "polling_interval": 0.2,
    }

CELERY_BEAT_SCHEDULE_FILENAME = str(env.DATA_DIR / "beat-schedule")
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_RESULT_BACKEND = "django-db"
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_DEFAULT_QUEUE = "jiaxing-hukou"
CELERY_TASK_IGNORE_RESULT = True  # a task whose result is read says so itself
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0.1}
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_SOFT_TIME_LIMIT = 240
CELERY_TASK_TIME_LIMIT = 300
CELERY_TIMEZONE = "Asia/Shanghai"
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_REDIRECT_STDOUTS = False

# People

AUTH_USER_MODEL = "accounts.User"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "admin:login"
DEMO_ALLOWED = True

# Languages

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
LANGUAGE_COOKIE_AGE = 365 * 24 * 60 * 60
LANGUAGE_COOKIE_SAMESITE = "Lax"
LOCALE_PATHS = [BASE_DIR / "locale", BASE_DIR / "jiaxing_hukou" / "locale"]
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True

# Static files. Bootstrap and its icons come from packages, so that no copy is kept
# here and no page asks a foreign server. Only the folders that pages use are named.


def _package(name: str) -> Path:
    """Return the folder of an installed package without importing it."""
    [folder, *_] = find_spec(name).submodule_search_locations
    return Path(folder)


STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [
    ("bootstrap/css", _package("bootstrap") / "css"),
    ("bootstrap/js", _package("bootstrap") / "js"),
    (
        "bootstrap-icons",
        _package("js_lib_bootstrap_icons") / "static" / "bootstrap-icons" / "font",
    ),
]
if (BASE_DIR / "static").is_dir():
    STATICFILES_DIRS.append(BASE_DIR / "static")

# Safety

SECRET_KEY = env.SECRET_KEY
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "font-src": [SELF],
        # Bootstrap's stylesheet carries its ticks and arrows as data: images.
        "img-src": [SELF, "data:"],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    },
}
PERMISSIONS_POLICY = {
    feature: []
    for feature in (
        "accelerometer",
        "camera",
        "display-capture",
        "geolocation",
        "gyroscope",
        "magnetometer",
        "microphone",
        "midi",
        "payment",
        "usb",
    )
}
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_NAME = "jiaxing_session"
CSRF_COOKIE_NAME = "jiaxing_csrf"
X_FRAME_OPTIONS = "DENY"

RATES = env.RATES
RATELIMIT_IP_META_KEY = "jiaxing_hukou.rate_limits.client_address"
PROXY_COUNT = 0
SILENCED_SYSTEM_CHECKS = [
    # django-ratelimit knows neither of our caches. Both count atomically: Redis by
    # itself (django-ratelimit #283), the table by AtomicDatabaseCache; both are tested.
    "django_ratelimit.W001",
]

# Logs

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "jiaxing_hukou.logs.JsonFormatter"}},
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": "json"},
    },
    "root": {"handlers": ["console"], "level": env.LOG_LEVEL},
    "loggers": {
        # Django's own lines quote paths and hosts as typed; ours name the route.
        "django": {"handlers": ["console"], "level": "WARNING", "propagate": False},
        "django.request": {"level": "ERROR"},
        # Scanners ask for foreign hosts all day; our own line says 400 already.
        "django.security.DisallowedHost": {"handlers": [], "propagate": False},
        "django.server": {"handlers": [], "propagate": False},
    },
}
