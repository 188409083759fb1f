"""Lets a provider rest that fails again and again, so that the queue does not wait for it.

Counted in the cache, for all workers. Without a cache nobody rests: the ladder still holds.
"""

import logging
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.cache import cache

logger = logging.getLogger(__name__)


def _careful(ask: Callable[[], Any], otherwise: Any) -> Any:
    try:
        return ask()
    except Exception:  # a cache that is down must not stop the post
        logger.warning("notices.breaker_without_cache", exc_info=True)
        return otherwise


def rests(provider: str) -> bool:
    """Say whether the provider is left alone for now."""
    return _careful(lambda: cache.get(f"notices:rests:{provider}"), None) is not None


def failed(provider: str) -> None:
    """Count a failure; after some in a row the provider rests."""

    def count() -> None:
        key = f"notices:failures:{provider}"
        cache.add(key, 0, timeout=settings.NOTICES["REST"] * 10)
        if cache.incr(key) >= settings.NOTICES["FAILURES"]:
            cache.set(f"notices:rests:{provider}", 1, timeout=settings.NOTICES["REST"])
            logger.warning("notices.provider_rests", extra={"provider": provider})

    _careful(count, None)


def worked(provider: str) -> None:
    """Forget the failures."""
    _careful(lambda: cache.delete(f"notices:failures:{provider}"), None)
