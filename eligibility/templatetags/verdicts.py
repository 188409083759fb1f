"""Icon and word of a verdict, rendered once a language: a result page shows dozens of them."""

from functools import lru_cache

from django import template
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

register = template.Library()


@register.simple_tag
def verdict_tag(verdict: str) -> SafeString:
    """Return the tag of one condition's verdict, or of the verdict on a place."""
    return _rendered("components/_tag.html", verdict, get_language() or "")


@register.simple_tag
def member_tag(verdict: str) -> SafeString:
    """Return the tag that says whether a household member may come along."""
    return _rendered("eligibility/check/_member_tag.html", verdict, get_language() or "")


@lru_cache(maxsize=100)
def _rendered(name: str, verdict: str, _language: str) -> SafeString:
    return mark_safe(render_to_string(name, {"verdict": verdict}).strip())  # noqa: S308  a template's output
