"""The shapes of a result page: small values that a template only shows."""

from dataclasses import dataclass, field
from typing import Any


class Shown:
    """Something that a template shows: it asks for an item before it asks for an attribute."""

    __slots__ = ()

    def __getitem__(self, name: str) -> Any:
        """Return what a template asks for, without the exception that asking otherwise costs."""
        try:
            return getattr(self, name)
        except AttributeError:
            raise KeyError(name) from None


@dataclass(frozen=True, kw_only=True)
class Ground(Shown):
    """Where the law says it, as it is named on a page, and where to read it here."""

    text: str
    url: str
    secondary: bool
    words: str = ""


@dataclass(frozen=True, kw_only=True)
class Line(Shown):
    """One condition and how it stands; ``parts`` are the alternatives of a group."""

    text: str
    verdict: str
    detail: str = ""
    ground: Ground | None = None
    parts: tuple["Line", ...] = ()


@dataclass(frozen=True, kw_only=True)
class RouteCard(Shown):
    """One route: what it is called, how it stands, what settles it.

    One that says the same to many, and quotes no answer, has a place for what is ``made`` of it.
    """

    code: str
    name: str
    verdict: str
    ground: Ground
    lines: tuple[Line, ...]
    sentence: str
    self_only: bool
    made: dict[Any, Any] | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, kw_only=True)
class PaperLine(Shown):
    """One paper to bring, once, for everybody who needs it."""

    name: str
    alternatives: str
    who: str
    proves: str


@dataclass(frozen=True, kw_only=True)
class MemberLine(Shown):
    """One household member: may he come along, and why."""

    who: str
    verdict: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Missing(Shown):
    """One thing that is missing, and the day on which it will be there."""

    text: str
    day: str


@dataclass(frozen=True, kw_only=True)
class NoticeLine(Shown):
    """Something to be told; ``fields`` are the answers that it is about."""

    code: str
    kind: str
    text: str
    clause: str
    fields: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class ResultPage(Shown):
    """The answer to "Can I register?", in the order in which people ask."""

    verdict: str
    sentence: str
    ground: Ground | None
    place: str
    as_of: str
    by_rules_of: str
    best: RouteCard | None
    missing: tuple[Missing, ...]
    advice: tuple[str, ...]
    family: tuple[MemberLine, ...]
    papers: tuple[PaperLine, ...]
    papers_certain: bool
    office: str
    procedure: str
    remedies: str
    land_rights: str
    land_rights_clause: str
    notices: tuple[NoticeLine, ...]
    others: tuple[RouteCard, ...]
