"""A computer on a desk: nothing to set, everything in the folder ``var``."""

from . import env, local_keys
from .base import *

DEBUG = env.DEBUG  # off by default, so that the error pages are the real ones
SECRET_KEY = env.SECRET_KEY or "only-for-development-" + "x" * 50
_field_keys, _hash_key = env.FIELD_KEYS, env.HASH_KEY
if not (_field_keys and _hash_key):
    _made = local_keys.read_or_make(env.DATA_DIR / "keys")
    _field_keys, _hash_key = _field_keys or _made[0], _hash_key or _made[1]
FIELD_KEYS = env.field_keys(_field_keys)
HASH_KEY = env.key(_hash_key, "JIAXING_HASH_KEY")
FAILPOINT = env.FAILPOINT
ALLOWED_HOSTS = env.ALLOWED_HOSTS or ["*"]
# Nothing leaves the house: what would be sent is read at /dev/messages/.
EMAIL_BACKEND = "jiaxing_hukou.accounts.messages.LocalOutbox"
SMS_PROVIDERS = env.SMS_PROVIDERS or ("local",)
SMS_PROVIDER = env.SMS_PROVIDER or "jiaxing_hukou.accounts.messages.keep_sms"

WHITENOISE_AUTOREFRESH = True
WHITENOISE_USE_FINDERS = True
