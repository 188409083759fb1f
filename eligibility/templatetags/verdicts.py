"""Icon and word of a verdict, rendered once a language: a result page shows dozens of them."""

from collections.abc import Iterable
from functools import lru_cache

from django import template
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from eligibility.presentation import RouteCard

register = template.Library()


@register.simple_tag
def verdict_tag(verdict: str) -> SafeString:
    """Return the tag of one condition's verdict, or of the verdict on a place."""
    return _rendered("components/_tag.html", verdict, get_language() or "")


@register.simple_tag
def member_tag(verdict: str) -> SafeString:
    """Return the tag that says whether a household member may come along."""
    return _rendered("eligibility/check/_member_tag.html", verdict, get_language() or "")


@register.simple_tag
def other_routes(cards: Iterable[RouteCard]) -> SafeString:
    """Return the lines of the routes that are told in a sentence only."""
    language = get_language() or ""
    lines = [_card("eligibility/check/_other_route.html", card, language) for card in cards]
    return mark_safe("".join(lines))  # noqa: S308  a template's output


@register.simple_tag
def best_route(card: RouteCard) -> SafeString:
    """Return the conditions of the route that the page speaks of first."""
    return _card("eligibility/check/_best_route.html", card, get_language() or "")


def _card(name: str, card: RouteCard, language: str) -> SafeString:
    return _shared(name, card, language) if card.shared else render_to_string(name, {"route": card})


@lru_cache(maxsize=2_000)
def _shared(name: str, card: RouteCard, _language: str) -> SafeString:
    """Render a card that quotes no answer; that depends on the card and language alone."""
    return render_to_string(name, {"route": card})


@lru_cache(maxsize=100)
def _rendered(name: str, verdict: str, _language: str) -> SafeString:
    return mark_safe(render_to_string(name, {"verdict": verdict}).strip())  # noqa: S308  a template's output
