"""What is the same everywhere; dev, test and production state the differences."""

from importlib.util import find_spec
from pathlib import Path

from csp.constants import NONE, SELF
from environ import Env

from . import env

BASE_DIR = env.BASE_DIR

# Apps and request handling

INSTALLED_APPS = [
    # Before ours: our admin takes their pages away, which show secrets.
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.usersessions",
    "axes",
    "jiaxing_hukou.accounts",
    "jiaxing_hukou.audit",
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
    "jiaxing_hukou.middleware.MethodPageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "jiaxing_hukou.accounts.middleware.SignInMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "jiaxing_hukou.urls"
WSGI_APPLICATION = "jiaxing_hukou.wsgi.application"
CSRF_FAILURE_VIEW = "jiaxing_hukou.accounts.resend.csrf_failure"

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
            "BACKEND": "jiaxing_hukou.cache.CountingRedisCache",
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
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("username", "first_name", "last_name", "email", "phone")},
    },
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
    {"NAME": "jiaxing_hukou.accounts.passwords.VariedPasswordValidator"},
]
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "my-portal"

# Signing up and in (allauth). How often it may be tried is counted by our own rates, which are
# exact; allauth's counters lose hits, and its lock of an account locks out its holder.
ACCOUNT_ADAPTER = "jiaxing_hukou.accounts.adapters.AccountAdapter"
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_FORMS = {
    "add_email": "jiaxing_hukou.accounts.forms.AddEmailForm",
    "change_password": "jiaxing_hukou.accounts.forms.ChangePasswordForm",
    "change_phone": "jiaxing_hukou.accounts.forms.ChangePhoneForm",
    "confirm_email_verification_code": "jiaxing_hukou.accounts.forms.ConfirmEmailForm",
    "confirm_password_reset_code": "jiaxing_hukou.accounts.forms.ConfirmResetForm",
    "login": "jiaxing_hukou.accounts.forms.LoginForm",
    "reauthenticate": "jiaxing_hukou.accounts.forms.ReauthenticateForm",
    "reset_password": "jiaxing_hukou.accounts.forms.ResetPasswordForm",
    "reset_password_from_key": "jiaxing_hukou.accounts.forms.ResetPasswordKeyForm",
    "set_password": "jiaxing_hukou.accounts.forms.SetPasswordForm",
    "signup": "jiaxing_hukou.accounts.forms.SignupForm",
    "verify_phone": "jiaxing_hukou.accounts.forms.VerifyPhoneForm",
}
ACCOUNT_LOGIN_METHODS = {"phone", "email", "username"}
ACCOUNT_LOGIN_ON_PASSWORD_RESET = True
ACCOUNT_PASSWORD_RESET_BY_CODE_ENABLED = True
ACCOUNT_PASSWORD_RESET_BY_CODE_TIMEOUT = 10 * 60
ACCOUNT_PHONE_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_RATE_LIMITS = False
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_SIGNUP_FIELDS = ["phone*", "email*", "password1*"]  # the form shows one of the first two
ACCOUNT_USER_DISPLAY = "jiaxing_hukou.accounts.contacts.shown_name"
ALLAUTH_USER_CODE_FORMAT = {"numeric": True, "dashed": False, "length": 6}
MFA_ADAPTER = "jiaxing_hukou.accounts.adapters.MfaAdapter"
MFA_FORMS = {
    "activate_totp": "jiaxing_hukou.accounts.forms.ActivateTOTPForm",
    "authenticate": "jiaxing_hukou.accounts.forms.SecondFactorForm",
    "reauthenticate": "jiaxing_hukou.accounts.forms.SecondFactorAgainForm",
}
MFA_RATE_LIMITS = False
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_TOTP_TOLERANCE = 1
SOCIALACCOUNT_ADAPTER = "jiaxing_hukou.accounts.adapters.SocialAdapter"
SOCIALACCOUNT_FORMS = {"signup": "jiaxing_hukou.accounts.forms.SocialSignupForm"}
SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {
        "APPS": [
            {
                "provider_id": "oidc",
                "name": env.OIDC["name"],
                "client_id": env.OIDC["client_id"],
                "secret": env.OIDC["secret"],
                "settings": {"server_url": env.OIDC["server_url"]},
            }
        ]
        if env.OIDC
        else [],
        "OAUTH_PKCE_ENABLED": True,
    }
}
USERSESSIONS_TRACK_ACTIVITY = False  # our own middleware notes it, once a minute

# Wrong passwords (axes): what one address tries with one account.
AXES_CLIENT_IP_CALLABLE = "jiaxing_hukou.rate_limits.client_address"
AXES_COOLOFF_TIME = "jiaxing_hukou.accounts.sign_in_limits.pause"
AXES_DISABLE_ACCESS_LOG = True  # who signed in from where is in the person's list of sessions
AXES_ENABLE_ADMIN = True
AXES_FAILURE_LIMIT = 5
AXES_LOCKOUT_CALLABLE = "jiaxing_hukou.accounts.sign_in_limits.paused_response"
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_RESET_ON_SUCCESS = True
AXES_SENSITIVE_PARAMETERS = ["username", "ip_address", "login", "password", "csrfmiddlewaretoken"]
AXES_USERNAME_CALLABLE = "jiaxing_hukou.accounts.sign_in_limits.axes_subject"
AXES_VERBOSE = False

SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_IDLE_SECONDS = {"staff": env.IDLE_STAFF, "residents": env.IDLE_RESIDENTS}
STEP_UP_SECONDS = env.STEP_UP
DEVICE_COOKIE_NAME = "jiaxing_device"
SMS_PROVIDER = env.SMS_PROVIDER
DEFAULT_FROM_EMAIL = env.EMAIL_FROM or "noreply@localhost"
DEMO_ALLOWED = True

# A place in the code where the process dies, for tests of what a crash leaves behind.
FAILPOINT = ""

# Notices. The lease outlasts the time-out of every provider.

NOTICES = {
    "PROVIDER_TIMEOUT": env.NOTICE_TIMEOUT,  # seconds, as all times here
    "LEASE": max(30, 3 * env.NOTICE_TIMEOUT),
    "SWEEP": env.NOTICE_SWEEP,
    "BATCH": 200,  # notices that one worker claims at a time
    "CRASHES": 5,  # workers lost with a notice before it is put aside
    "FAILURES": 5,  # in a row, before a provider rests
    "REST": 30,
}
EMAIL_TIMEOUT = env.NOTICE_TIMEOUT
SMS_PROVIDERS = env.SMS_PROVIDERS  # the preferred one first; none: no text messages
ALIYUN_SMS = env.ALIYUN_SMS
SMS_SIMULATOR_URL = env.SMS_SIMULATOR_URL

# Evidence: what people upload. The folder is served by no web server.

EVIDENCE_DIR = env.DATA_DIR / "evidence"
EVIDENCE_PER_REQUIREMENT = 5  # files that prove one thing
EVIDENCE_PER_CASE = 30
CLAMD = env.CLAMD

# Codes by which holders show their permit. No law gives a figure: these are the portal's.

SHARING = {
    "DAYS": (1, 7, 30, 90),  # for how long, as the holder chooses
    "MOST": 20,  # codes of one permit that show something at a time
}

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


def _origin(address: str) -> str:
    """Return scheme and host of an address."""
    return "/".join(address.split("/")[:3])


SECRET_KEY = env.SECRET_KEY
# What rotate_keys writes anew besides the encrypted fields; each returns how much it was.
ALSO_ROTATED = [
    "jiaxing_hukou.accounts.rotation.rotate_second_factors",
    "residence_permit.evidence.rotation.reseal_evidence",
]
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
        # The browser follows the form that begins a sign-in elsewhere to that provider.
        "form-action": [SELF, *([_origin(env.OIDC["server_url"])] if env.OIDC else [])],
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
PROXY_COUNT = 0

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
        # Its lines name accounts and addresses; the rows are there for those who may see them.
        "axes": {"handlers": [], "propagate": False},
    },
}
