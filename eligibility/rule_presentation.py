"""Rules and documents as the pages show them: small values that a template only loops over."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from eligibility import records, rule_pages, wording
from eligibility.core.condition import (
    All,
    AnyOf,
    Compare,
    Condition,
    Leaf,
    Not,
    OfficerJudgement,
    children_of,
    leaves,
)
from eligibility.core.diff import Change, changes, tell
from eligibility.core.places import AREA_CLASSES
from eligibility.core.rule import (
    FAMILY,
    OFFICIAL,
    SECONDARY,
    SELF_AND_FAMILY,
    InForce,
    Paper,
    Ruleset,
    RuleVersion,
)


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


def areas_text(areas: Iterable[str]) -> str:
    """Return area classes in words; all of them are simply all of Jiaxing."""
    found = [area for area in AREA_CLASSES if area in areas]
    if len(found) == len(AREA_CLASSES):
        return _("all of Jiaxing")
    *first, last = (str(wording.AREAS[area]) for area in found)
    if not first:
        return last
    return _("%(first)s and %(second)s") % {"first": first[0], "second": last}


# Days in force


def spans(periods: Iterable[InForce], today: date) -> tuple[Span, ...]:
    """Return the days of a version, areas with the same days together; earliest first."""
    together: dict[tuple[date, date | None], list[str]] = {}
    for period in periods:
        together.setdefault((period.first, period.last), []).append(period.area)
    return tuple(
        Span(
            first=first,
            last=last,
            areas=tuple(areas),
            covers_today=first <= today and (last is None or today <= last),
            to_come=first > today,
        )
        for (first, last), areas in sorted(together.items(), key=lambda item: item[0][0])
    )


def _same_days_everywhere(found: tuple[Span, ...]) -> bool:
    return all(set(span.areas) == set(found[0].areas) for span in found)


def version_line(
    ruleset: Ruleset, rule: RuleVersion, today: date, events: Iterable[Any] = ()
) -> VersionLine:
    """Return a version for a timeline; its days are those really in force."""
    days = spans([p for p in ruleset.periods if p.rule.content_hash == rule.content_hash], today)
    return VersionLine(
        rule=rule,
        name=wording.say(rule.name),
        summary=wording.say(rule.summary),
        spans=days,
        split_by_area=not _same_days_everywhere(days),
        events=tuple(_event(row) for row in events),
        in_force=any(span.covers_today for span in days),
        to_come=bool(days) and all(span.to_come for span in days),
    )


def _event(row: Any) -> Event:
    forms = {
        "withdrawn": _("Withdrawn from %(day)s."),
        "ended": _("Ended by a later document from %(day)s."),
        "suspended": _("Suspended from %(day)s."),
        "resumed": _("In force again from %(day)s."),
    }
    happened = forms[row.kind] % {"day": wording.full_date(row.from_day)}
    reason = wording.say({"zh": row.reason_zh, "en": row.reason_en})
    return Event(
        text=wording.sentences([happened, reason]),
        document=row.document,
        clause=row.clause,
    )


def rule_lines(ruleset: Ruleset, as_of: date) -> tuple[list[RuleLine], list[RuleLine]]:
    """Return the routes in the order of the rule table, and the family rules."""
    together: dict[str, list[RuleVersion]] = {}
    for rule in ruleset.versions:
        together.setdefault(rule.code, []).append(rule)
    found = [_rule_line(ruleset, code, rules, as_of) for code, rules in together.items()]
    routes = [line for line in found if not line.is_family]
    return routes, [line for line in found if line.is_family]


def _rule_line(ruleset: Ruleset, code: str, rules: list[RuleVersion], as_of: date) -> RuleLine:
    ordered = sorted(rules, key=lambda rule: rule.effective_from)
    lines = tuple(version_line(ruleset, rule, as_of) for rule in ordered)
    current = next((line for line in lines if line.in_force), None)
    begun = [line for line in lines if not line.to_come]
    days = [span.first for line in lines for span in line.spans]
    if begun:
        days = [span.last for line in begun for span in line.spans if span.last]
    shown = (current or (begun or lines)[-1]).rule
    return RuleLine(
        code=code,
        name=wording.say(shown.name),
        areas=areas_text(shown.areas),
        is_family=shown.kind == FAMILY,
        current=current,
        state="in_force" if current else "ended" if begun else "to_come",
        day=wording.full_date(max(days) if begun else min(days)) if days else "",
        versions=lines[::-1],
    )


# Conditions


def condition_line(
    rule: RuleVersion,
    anchors: Mapping[str, str] | None = None,
    marks: Mapping[int, str] | None = None,
) -> Line:
    """Return the condition line by line; ``marks`` says by place which leaves differ."""
    places = iter(range(len(rule.nodes)))
    return _line(rule, rule.condition, anchors or {}, marks or {}, places)


def _line(
    rule: RuleVersion,
    node: Condition,
    anchors: Mapping[str, str],
    marks: Mapping[int, str],
    places: Iterator[int],
) -> Line:
    place = next(places)
    if isinstance(node, Compare | OfficerJudgement):
        return _leaf_line(rule, node, anchors, marks.get(place, ""))
    parts = tuple(_line(rule, child, anchors, marks, places) for child in children_of(node))
    if isinstance(node, Not):
        return Line(kind="not", text=_("the opposite of this"), parts=parts)
    texts = {All: ("all", _("all of these")), AnyOf: ("any", _("one of these"))}
    kind, text = texts[type(node)]
    return Line(kind=kind, text=text, self_only=node.self_only, parts=parts)


def _leaf_line(rule: RuleVersion, leaf: Leaf, anchors: Mapping[str, str], mark: str) -> Line:
    cited = rule.citations[leaf.clause]
    return Line(
        kind="officer" if isinstance(leaf, OfficerJudgement) else "leaf",
        text=wording.leaf_text(leaf),
        source=_source(cited.article, rule.leaf_provenance(leaf)),
        anchor=anchors.get(leaf.clause, ""),
        papers=papers_text(rule.papers[code] for code in leaf.papers),
        mark=mark,
    )


def _source(article: str, provenance: str) -> str:
    if provenance == SECONDARY:
        return _("%(article)s, read in a reprint") % {"article": article}
    return article


def papers_text(papers: Iterable[Paper]) -> str:
    """Return papers in words, each with what does as well and with the case it is for."""
    return wording.clauses_of(_paper_text(paper) for paper in papers)


def _paper_text(paper: Paper) -> str:
    said = wording.say(paper.name)
    if paper.alternatives:
        others = wording.any_of(wording.say(name) for name in paper.alternatives)
        said = _("%(paper)s (or %(others)s)") % {"paper": said, "others": others}
    for name, value in (paper.only_when or {}).items():
        case = wording.VALUES[name][value]
        said = _("%(paper)s (for: %(case)s)") % {"case": case, "paper": said}
    return said


def figures(rule: RuleVersion) -> tuple[Figure, ...]:
    """Return the figures of a version, each named by what is compared with it."""
    asked = {
        leaf.parameter: wording.label(leaf.fact)
        for leaf in leaves(rule.condition)
        if isinstance(leaf, Compare) and leaf.parameter
    }
    return tuple(
        Figure(
            label=asked[name],
            amount=wording.amount(parameter.value, parameter.unit),
            source=_source(
                rule.citations[parameter.clause].article,
                parameter.provenance or rule.citations[parameter.clause].provenance,
            ),
        )
        for name, parameter in rule.parameters.items()
        if name in asked
    )


def clause_lines(rule: RuleVersion) -> dict[str, ClauseLine]:
    """Return by reference the words that a version rests on, its own clause first."""
    wanted = [rule.clause, *(leaf.clause for leaf in leaves(rule.condition))]
    wanted += [parameter.clause for parameter in rule.parameters.values()]
    found = {}
    for number, reference in enumerate(dict.fromkeys(wanted), start=1):
        cited = rule.citations[reference]
        found[reference] = ClauseLine(
            anchor=f"text-{number}",
            slug=cited.slug,
            document=wording.say(cited.document),
            number=cited.number,
            article=cited.article,
            text=cited.text,
            secondary=cited.provenance != OFFICIAL,
        )
    return found


def version_page(ruleset: Ruleset, row: Any, today: date) -> VersionPage:
    """Return what one published version says; ``row`` brings its document and its events."""
    rule = records.to_rule(row.record)
    clauses = clause_lines(rule)
    anchors = {reference: line.anchor for reference, line in clauses.items()}
    return VersionPage(
        line=version_line(ruleset, rule, today, row.events.all()),
        code=rule.code,
        version=rule.version,
        areas=areas_text(rule.areas),
        clauses=tuple(clauses.values()),
        condition=condition_line(rule, anchors),
        always_papers=papers_text(paper for paper in rule.papers.values() if paper.always),
        figures=figures(rule),
        registers=_registers(rule),
        may_bring_family=rule.registers == SELF_AND_FAMILY,
        secondary=rule.provenance == SECONDARY,
        published_on=_day_of(row.published_at),
        office=row.office,
        content_hash=rule.content_hash,
        document_slug=row.document.slug,
        document_title=_title(row.document),
        document_number=row.document.number,
    )


def _day_of(moment: datetime | None) -> str:
    return wording.full_date(timezone.localdate(moment)) if moment else ""


def _title(row: Any) -> str:
    return wording.say({"zh": row.title_zh, "en": row.title_en})


def _registers(rule: RuleVersion) -> str:
    if rule.kind == FAMILY:
        return _("This rule judges each member of the household who is to come along.")
    if rule.registers != SELF_AND_FAMILY:
        return _("Only the applicant is registered; nobody may come along by this route.")
    if _some_branch_alone(rule.condition):
        return _(
            "The applicant, and the family who live together with the applicant; where a line "
            "says so, the applicant alone."
        )
    return _("The applicant, and the family who live together with the applicant.")


def _some_branch_alone(node: Condition) -> bool:
    if isinstance(node, All | AnyOf) and node.self_only:
        return True
    return any(_some_branch_alone(child) for child in children_of(node))


# Two versions


def diff_page(
    ruleset: Ruleset, rules: list[RuleVersion], before: RuleVersion, after: RuleVersion, today: date
) -> DiffPage:
    """Return two versions side by side; ``rules`` are all versions, earliest first."""
    old, new = _marks(before, after)
    names = [rule.version for rule in rules]
    between = rules[names.index(before.version) + 1 : names.index(after.version) + 1]
    return DiffPage(
        before=version_line(ruleset, before, today),
        after=version_line(ruleset, after, today),
        old=condition_line(before, marks=old),
        new=condition_line(after, marks=new),
        sentences=tuple(
            rule_pages.saying_text(saying, before, after) for saying in tell(before, after)
        ),
        summaries=tuple((rule.version, wording.say(rule.summary)) for rule in between),
        other=tuple(_other_changes(before, after)),
    )


# What is only combined differently, or proved by other papers, is still asked.
_MARKS = {
    Change.ADDED: "added",
    Change.REMOVED: "removed",
    Change.MOVED: "moved",
    Change.PAPERS: "moved",
}


def _marks(before: RuleVersion, after: RuleVersion) -> tuple[dict[int, str], dict[int, str]]:
    """Return by place which leaves of either side differ."""
    old: dict[int, str] = {}
    new: dict[int, str] = {}
    for change in changes(before, after):
        kind = _MARKS.get(change.kind, "changed")
        if change.before is not None:
            old[_place(before, change.before, old)] = kind
        if change.after is not None:
            new[_place(after, change.after, new)] = kind
    return old, new


def _place(rule: RuleVersion, leaf: Leaf, taken: Mapping[int, str]) -> int:
    """Return where a leaf stands; one that is asked twice is found twice."""
    for place, node in enumerate(rule.nodes):
        if node == leaf and place not in taken:
            return place
    raise LookupError(leaf.id)


def _other_changes(before: RuleVersion, after: RuleVersion) -> Iterator[str]:
    if before.areas != after.areas:
        yield _("Instead of %(before)s it now holds in %(after)s.") % {
            "before": areas_text(before.areas),
            "after": areas_text(after.areas),
        }
    if _registers(before) != _registers(after):
        yield _("Who is registered – before: %(before)s Now: %(after)s") % {
            "before": _registers(before),
            "after": _registers(after),
        }


# Documents


def cited_by(ruleset: Ruleset, slug: str) -> tuple[Cited, ...]:
    """Return the versions that rest on a document, in the order of the rule table."""
    found = []
    for rule in ruleset.versions:
        articles = [cited.article for cited in rule.citations.values() if cited.slug == slug]
        if articles:
            found.append(
                Cited(
                    code=rule.code,
                    version=rule.version,
                    name=wording.say(rule.name),
                    articles=tuple(dict.fromkeys(articles)),
                )
            )
    return tuple(found)


def document_page(ruleset: Ruleset, row: Any) -> DocumentPage:
    """Return a document with its clauses; ``row`` brings them along."""
    cited = cited_by(ruleset, row.slug)
    first_day = row.effective_from
    return DocumentPage(
        slug=row.slug,
        title=_title(row),
        original="" if wording.language() == "zh" else row.title_zh,
        number=row.number,
        issuer=wording.say({"zh": row.issuer_zh, "en": row.issuer_en}),
        issued=wording.full_date(row.issued_on) if row.issued_on else "",
        in_force=_("from %(first)s") % {"first": wording.full_date(first_day)} if first_day else "",
        provenance=row.get_provenance_display(),
        secondary=row.provenance == SECONDARY,
        note=wording.say({"zh": row.note_zh, "en": row.note_en}),
        cited=cited,
        clauses=tuple(
            ClauseText(
                article=clause.article,
                text=clause.text,
                cited=tuple(one for one in cited if clause.article in one.articles),
            )
            for clause in row.clauses.all()
        ),
    )
