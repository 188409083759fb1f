"""Reads the environment; no other module does.

``.env.example`` explains each name. Everything is read and checked here, at the
start, so that a wrong value is an error now and not on the first use.
"""

import re
from pathlib import Path

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


SECRET_KEY = _env.str("JIAXING_SECRET_KEY", default="")
ALLOWED_HOSTS = _env.list("JIAXING_ALLOWED_HOSTS", default=[])
PROXY_COUNT = _env.int("JIAXING_PROXY_COUNT", default=1)
DATABASE_URL = _env.str("DATABASE_URL", default="")
REDIS_URL = _env.str("REDIS_URL", default="")
DATA_DIR = Path(_env.str("JIAXING_DATA_DIR", default=str(BASE_DIR / "var")))
DEBUG = _env.bool("JIAXING_DEBUG", default=False)
LOG_LEVEL = _env.str("JIAXING_LOG_LEVEL", default="INFO").upper()
RATES = {
    "pages": _rate("JIAXING_RATE_PAGES", "300/m"),
    "api": _rate("JIAXING_RATE_API", "120/m"),
    "batch": _rate("JIAXING_RATE_BATCH", "6/m"),
    "receipts": _rate("JIAXING_RATE_RECEIPTS", "30/m"),
}
