"""Reads the environment; no other module does.

``.env.example`` explains each name. Everything is read and checked here, at the
start, so that a wrong value is an error now and not on the first use.
"""

import re
from base64 import b64decode
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from environ import Env

BASE_DIR = Path(__file__).resolve().parents[2]

_env = Env()
Env.read_env(BASE_DIR / ".env")  # where there is one; what is set already wins


def require(*names: str) -> None:
    """Stop the start, naming every setting of ``names`` that has no value."""
    missing = [name for name in names if not _env.str(name, default="")]
    if missing:
        raise ImproperlyConfigured(
            f"Not set: {', '.join(missing)}. Give each a value in the environment "
            "or in the file .env; .env.example says what they mean."
        )


def _rate(name: str, default: str) -> str:
    """Return a rate such as 120/m: so many requests of one client a minute."""
    value = _env.str(name, default=default)
    if not re.fullmatch(r"[1-9]\d*/([1-9]\d*)?[smhd]", value):
        raise ImproperlyConfigured(
            f"{name} is {value!r}; write a count and a period, such as 120/m or 20/10s."
        )
    return value


def key(text: str, name: str) -> bytes:
    """Return a key of 32 bytes; the error names the setting and never the key."""
    try:
        read = b64decode(text, validate=True)
    except ValueError:
        read = b""
    if len(read) != 32:
        raise ImproperlyConfigured(f"{name}: a key is 32 random bytes in base64.")
    return read


def field_keys(text: str) -> tuple[tuple[str, bytes], ...]:
    """Return the keys of the encrypted fields by id, the one that encrypts first."""
    name = "JIAXING_FIELD_KEYS"
    found = []
    for part in text.split(","):
        key_id, _, coded = part.strip().partition(":")
        if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,31}", key_id):
            raise ImproperlyConfigured(
                f"{name}: write id:key with commas between; an id is small letters, digits and '-'."
            )
        found.append((key_id, key(coded, name)))
    if len(dict(found)) < len(found):
        raise ImproperlyConfigured(f"{name}: two keys have the same id; give each its own.")
    return tuple(found)


def _clamd() -> str:
    """Return the address of the malware scanner, or nothing where there is none."""
    value = _env.str("JIAXING_CLAMD", default="")
    if value and not re.fullmatch(r"tcp://(\[[0-9a-f:]+\]|[^/:@]+):\d{1,5}|unix:///.+", value):
        raise ImproperlyConfigured(
            f"JIAXING_CLAMD is {value!r}; write tcp://host:3310 or unix:///run/clamav/clamd.ctl."
        )
    return value


def _minutes(name: str, default: int) -> int:
    """Return a time in seconds that is set in minutes."""
    value = _env.int(name, default=default)
    if value < 1:
        raise ImproperlyConfigured(f"{name} is {value}; write a number of minutes, at least 1.")
    return value * 60


def _aliyun_sms() -> dict[str, Any]:
    """Return the account at Alibaba Cloud, or nothing; half of one is an error."""
    names = {"key_id": "KEY_ID", "key_secret": "KEY_SECRET", "sign_name": "SIGN_NAME"}
    values = {key: _env.str(f"JIAXING_ALIYUN_{name}", default="") for key, name in names.items()}
    if "aliyun" in SMS_PROVIDERS:
        require(*(f"JIAXING_ALIYUN_{name}" for name in names.values()))
    return values | {
        "endpoint": _env.str("JIAXING_ALIYUN_ENDPOINT", default="https://dysmsapi.aliyuncs.com"),
        # "case-accept.zh=SMS_1,case-accept.en=SMS_2"
        "templates": _env.dict("JIAXING_ALIYUN_TEMPLATES", default={}),
    }


def _sign_in_elsewhere() -> dict[str, str]:
    """Return the OpenID Connect provider, or nothing; half of one is an error."""
    names = {"server_url": "ISSUER", "client_id": "CLIENT_ID", "secret": "CLIENT_SECRET"}
    values = {key: _env.str(f"JIAXING_OIDC_{name}", default="") for key, name in names.items()}
    if not any(values.values()):
        return {}
    missing = [f"JIAXING_OIDC_{name}" for key, name in names.items() if not values[key]]
    if missing:
        raise ImproperlyConfigured(
            f"Not set: {', '.join(missing)}. A provider of sign-ins needs all of its settings, or "
            "none for the portal to offer no such sign-in."
        )
    if not re.fullmatch(r"https?://[^/?#\s]+(/[^?#\s]*)?", values["server_url"]):
        raise ImproperlyConfigured("JIAXING_OIDC_ISSUER: write an address such as https://host.")
    return values | {"name": _env.str("JIAXING_OIDC_NAME", default="统一身份认证")}


SECRET_KEY = _env.str("JIAXING_SECRET_KEY", default="")
FIELD_KEYS = _env.str("JIAXING_FIELD_KEYS", default="")
HASH_KEY = _env.str("JIAXING_HASH_KEY", default="")
ALLOWED_HOSTS = _env.list("JIAXING_ALLOWED_HOSTS", default=[])
PROXY_COUNT = _env.int("JIAXING_PROXY_COUNT", default=1)
DATABASE_URL = _env.str("DATABASE_URL", default="")
REDIS_URL = _env.str("REDIS_URL", default="")
DATA_DIR = Path(_env.str("JIAXING_DATA_DIR", default=str(BASE_DIR / "var")))
DEBUG = _env.bool("JIAXING_DEBUG", default=False)
FAILPOINT = _env.str("JIAXING_FAILPOINT", default="")  # read by dev and test alone
CLAMD = _clamd()
LOG_LEVEL = _env.str("JIAXING_LOG_LEVEL", default="INFO").upper()
# The function that sends text messages; where there is none, only e-mail is offered.
SMS_PROVIDER = _env.str("JIAXING_SMS_PROVIDER", default="")
SMS_PROVIDERS = tuple(_env.list("JIAXING_SMS_PROVIDERS", default=[]))
SMS_SIMULATOR_URL = _env.str("JIAXING_SMS_SIMULATOR_URL", default="")
ALIYUN_SMS = _aliyun_sms()
NOTICE_TIMEOUT = _env.int("JIAXING_NOTICE_TIMEOUT", default=10)
NOTICE_SWEEP = _env.int("JIAXING_NOTICE_SWEEP", default=10)
EMAIL = _env.email_url("JIAXING_EMAIL_URL", default="smtp://localhost:25")
EMAIL_FROM = _env.str("JIAXING_EMAIL_FROM", default="")
OIDC = _sign_in_elsewhere()
IDLE_STAFF = _minutes("JIAXING_IDLE_MINUTES_STAFF", 15)
IDLE_RESIDENTS = _minutes("JIAXING_IDLE_MINUTES_RESIDENTS", 120)
STEP_UP = _minutes("JIAXING_STEP_UP_MINUTES", 15)
RATES = {
    "pages": _rate("JIAXING_RATE_PAGES", "300/m"),
    "api": _rate("JIAXING_RATE_API", "120/m"),
    "batch": _rate("JIAXING_RATE_BATCH", "6/m"),
    "receipts": _rate("JIAXING_RATE_RECEIPTS", "30/m"),
    "status": _rate("JIAXING_RATE_STATUS", "20/m"),
    "status_case": _rate("JIAXING_RATE_STATUS_CASE", "10/h"),
    "verify": _rate("JIAXING_RATE_VERIFY", "30/m"),
    "verify_code": _rate("JIAXING_RATE_VERIFY_CODE", "120/h"),
    "sign_in": _rate("JIAXING_RATE_SIGN_IN", "60/m"),
    "sign_in_account": _rate("JIAXING_RATE_SIGN_IN_ACCOUNT", "20/h"),
    "sign_up": _rate("JIAXING_RATE_SIGN_UP", "60/h"),
    "codes": _rate("JIAXING_RATE_CODES", "120/h"),
    "codes_recipient": _rate("JIAXING_RATE_CODES_RECIPIENT", "6/h"),
    "codes_tried": _rate("JIAXING_RATE_CODES_TRIED", "10/10m"),
}
