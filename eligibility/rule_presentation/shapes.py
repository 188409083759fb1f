"""What the pages of rules show: small values that a template only loops over."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from eligibility import wording
from eligibility.core.rule import RuleVersion

from .areas import areas_text


@dataclass(frozen=True, kw_only=True)
class Span:
    """Days in force without a break, in some areas."""

    first: date
    last: date | None
    areas: tuple[str, ...]
    covers_today: bool
    to_come: bool

    @property
    def text(self) -> str:
        """Return the days in words."""
        first = wording.full_date(self.first)
        if self.last is None:
            return _("from %(first)s") % {"first": first}
        return _("%(first)s to %(last)s") % {
            "first": first,
            "last": wording.full_date(self.last),
        }

    @property
    def area_names(self) -> str:
        """Return the areas in words."""
        return areas_text(self.areas)


@dataclass(frozen=True, kw_only=True)
class Event:
    """What happened to a version later, and why."""

    text: str
    document: Any
    clause: str


@dataclass(frozen=True, kw_only=True)
class VersionLine:
    """One version on the timeline of its rule."""

    rule: RuleVersion
    name: str
    summary: str
    spans: tuple[Span, ...]
    split_by_area: bool  # the days differ from area to area, so each span names its own
    events: tuple[Event, ...]
    in_force: bool
    to_come: bool

    @property
    def state(self) -> str:
        """Return in_force, to_come or ended."""
        return "in_force" if self.in_force else "to_come" if self.to_come else "ended"


@dataclass(frozen=True, kw_only=True)
class RuleLine:
    """One rule in the list: what is in force on a day, and its history."""

    code: str
    name: str
    areas: str
    is_family: bool
    current: VersionLine | None
    state: str  # in_force, ended, to_come
    day: str  # the last day of what has ended, the first of what is to come
    versions: tuple[VersionLine, ...]  # newest first


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of a condition: a group with parts, or a leaf with its source."""

    kind: str  # all, any, not, leaf, officer
    text: str
    self_only: bool = False
    source: str = ""
    anchor: str = ""
    papers: str = ""
    parts: tuple["Line", ...] = ()
    mark: str = ""  # added, removed, changed: where two versions are compared


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A figure of the law and where it is given."""

    label: str
    amount: str
    source: str


@dataclass(frozen=True, kw_only=True)
class ClauseLine:
    """The words of one article, with the address of its document."""

    anchor: str
    slug: str
    document: str
    number: str
    article: str
    text: str
    secondary: bool


@dataclass(frozen=True, kw_only=True)
class VersionPage:
    """Everything that one version says."""

    line: VersionLine
    code: str
    version: str
    areas: str
    clauses: tuple[ClauseLine, ...]
    condition: Line
    always_papers: str
    figures: tuple[Figure, ...]
    registers: str
    may_bring_family: bool
    secondary: bool
    published_on: str
    office: str
    content_hash: str
    document_slug: str
    document_title: str
    document_number: str


@dataclass(frozen=True, kw_only=True)
class DiffPage:
    """Two versions side by side, and what changed between them in words."""

    before: VersionLine
    after: VersionLine
    old: Line
    new: Line
    sentences: tuple[str, ...]
    summaries: tuple[tuple[str, str], ...]  # version, what it changed against the one before
    other: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Cited:
    """A version that rests on a document, and on which of its articles."""

    code: str
    version: str
    name: str
    articles: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class ClauseText:
    """One clause of a document, and the versions that cite it."""

    article: str
    text: str
    cited: tuple[Cited, ...]


@dataclass(frozen=True, kw_only=True)
class DocumentPage:
    """A legal document; what was not found is empty."""

    slug: str
    title: str
    original: str  # the Chinese title, for readers of another language
    number: str
    issuer: str
    issued: str
    in_force: str
    provenance: str
    secondary: bool
    note: str
    cited: tuple[Cited, ...]
    clauses: tuple[ClauseText, ...]
