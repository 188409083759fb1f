"""Routes, papers and verdicts as a result page shows them, rendered once where they can be.

A result page shows dozens of them. What is kept depends on the law and the language alone: a route
that quotes an answer is rendered for its reader.
"""

import secrets
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from django import template
from django.template.loader import render_to_string
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from eligibility.presentation import Ground, Line, PaperLine, RouteCard

register = template.Library()
_Shape = tuple[str, str, Ground | None, tuple[Any, ...]]  # a line without what it quotes
MARK = secrets.token_hex(16)  # stands where a line quotes an answer


@register.simple_tag
def verdict_tag(verdict: str) -> SafeString:
    """Return the tag of one condition's verdict, or of the verdict on a place."""
    return _tag("components/_tag.html", verdict, get_language() or "")


@register.simple_tag
def member_tag(verdict: str) -> SafeString:
    """Return the tag that says whether a household member may come along."""
    return _tag("eligibility/check/_member_tag.html", verdict, get_language() or "")


@lru_cache(maxsize=100)
def _tag(name: str, verdict: str, _language: str) -> SafeString:
    return mark_safe(render_to_string(name, {"verdict": verdict}).strip())  # noqa: S308  a template's output


@register.simple_tag
def other_routes(cards: Iterable[RouteCard]) -> SafeString:
    """Return the lines of the routes that are told in a sentence only."""
    name, language = "eligibility/check/_other_route.html", get_language() or ""
    lines = []
    for card in cards:
        made = card.made
        if made is None:
            lines.append(render_to_string(name, {"route": card}))
            continue
        if language not in made:
            made[language] = render_to_string(name, {"route": card})
        lines.append(made[language])
    return mark_safe("".join(lines))  # noqa: S308  a template's output


@register.simple_tag
def best_route(card: RouteCard | None) -> SafeString:
    """Return the conditions of the route that the page speaks of first, if there is one."""
    if card is None or not card.lines:
        return SafeString()
    quoted = [part.detail for line in card.lines for part in line.parts or (line,)]
    shape = tuple(
        (line.text, line.verdict, line.ground, tuple(map(_shape, line.parts)))
        for line in card.lines
    )
    first, *rest = _around(card.name, card.self_only, shape, get_language() or "")
    texts = [escape(text) + after for text, after in zip(quoted, rest, strict=True)]
    return mark_safe(first + "".join(texts))  # noqa: S308  a template's output, escaped text


def _shape(line: Line) -> _Shape:
    return line.text, line.verdict, line.ground, ()


@lru_cache(maxsize=1_000)
def _around(
    name: str, self_only: bool, shape: tuple[_Shape, ...], _language: str
) -> tuple[str, ...]:
    """Return the text around what the lines of a route quote: answers, and what is missing."""
    route = {"name": name, "self_only": self_only, "lines": [_marked(*line) for line in shape]}
    text = render_to_string("eligibility/check/_best_route.html", {"route": route})
    return tuple(text.split(MARK))


def _marked(text: str, verdict: str, ground: Ground | None, parts: tuple[_Shape, ...]) -> Line:
    marked = tuple(_marked(*part) for part in parts)
    return Line(text=text, verdict=verdict, detail=MARK, ground=ground, parts=marked)


@register.simple_tag
def papers_to_bring(papers: tuple[PaperLine, ...], certain: bool) -> SafeString:
    """Return the papers; a list that names no family member is rendered once."""
    if not papers:
        return SafeString()
    if any(paper.who for paper in papers):
        return _papers_text(papers, certain)
    return _papers_alone(papers, certain, get_language() or "")


@lru_cache(maxsize=1_000)
def _papers_alone(papers: tuple[PaperLine, ...], certain: bool, _language: str) -> SafeString:
    return _papers_text(papers, certain)


def _papers_text(papers: tuple[PaperLine, ...], certain: bool) -> SafeString:
    context = {"papers": papers, "certain": certain}
    return render_to_string("eligibility/check/_papers.html", context)
