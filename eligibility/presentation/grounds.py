"""Where the law says it: citations as pages name them, with the address where each is read."""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

from django.utils.translation import pgettext

from eligibility import wording
from eligibility.core.rule import SECONDARY, Ruleset

from .shapes import Ground


class Places:
    """Where documents are read: titles to addresses. Built once for a ruleset.

    ``memo`` keeps what was put into words from the law alone.
    """

    def __init__(self, ruleset: Ruleset, document_url: Callable[[str], str]):
        """Note every document that the ruleset cites, by its number or its title."""
        self.memo: dict[tuple[Any, ...], Any] = {}
        self._urls: dict[str, str] = {}
        for rule in ruleset.versions:
            for cited in rule.citations.values():
                url = document_url(cited.slug)
                for name in (cited.number, *cited.document.values()):
                    if name:
                        self._urls[name] = url

    def url(self, cited: Mapping[str, Any]) -> str:
        """Return the address of an article; empty if it is not held here."""
        page = self._urls.get(cited["number"]) or self._urls.get(cited["document"])
        return f"{page}#clause-{quote(cited['article'])}" if page else ""


def places_of(ruleset: Ruleset, document_url: Callable[[str], str]) -> Places:
    """Return where the documents of a ruleset are read."""
    found: Places | None = ruleset.memo.get(Places)
    if found is None:
        found = ruleset.memo[Places] = Places(ruleset, document_url)
    return found


def article(text: str) -> str:
    """Return an article as it is printed: 三(一) becomes 三（一） in Chinese."""
    if wording.language() == "zh":
        return text.replace("(", "（").replace(")", "）")
    return text


def ground_of(cited: Mapping[str, Any], places: Places, *, by_article: bool = False) -> Ground:
    """Return a citation as pages show it: number, else title, and article, or that alone."""
    key = (
        by_article,
        cited["document"],
        cited["article"],
        cited["provenance"],
        cited["text"],
        wording.language(),
    )
    ground: Ground | None = places.memo.get(key)
    if ground is None:
        title = cited["number"] or pgettext("document", "“%(title)s”") % {
            "title": cited["document"]
        }
        where = article(cited["article"])
        ground = places.memo[key] = Ground(
            text=where if by_article else f"{title} {where}",
            url=places.url(cited),
            secondary=cited["provenance"] == SECONDARY,
            words=cited["text"],
        )
    return ground
