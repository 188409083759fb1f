"""Rules as the API and the rule pages show them: versions, days, words, differences."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from eligibility import records, selectors, wording
from eligibility.core.condition import (
    All,
    Compare,
    Condition,
    Leaf,
    Not,
    OfficerJudgement,
    children_of,
    serialise,
)
from eligibility.core.diff import (
    Change,
    LeafChange,
    Saying,
    Told,
    changes,
    tell,
    tell_head,
)
from eligibility.core.rule import ROUTE, SELF, InForce, Ruleset, RuleVersion
from eligibility.rule_words import citation, leaves_in_words


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def days_in_force(ruleset: Ruleset, rule: RuleVersion) -> list[InForce]:
    """Return the periods in which a version is, was or will be in force."""
    return [period for period in ruleset.periods if period.rule is rule]


def version_line(ruleset: Ruleset, rule: RuleVersion) -> dict[str, Any]:
    """Return one version in short: its days are those really in force, over its areas."""
    periods = days_in_force(ruleset, rule)
    open_end = any(period.last is None for period in periods)
    last = None if open_end else max(p.last for p in periods if p.last)
    return {
        "version": rule.version,
        "provenance": rule.provenance,
        "effective_from": min(p.first for p in periods).isoformat(),
        "effective_to": _iso(last),
        "hash": rule.content_hash,
    }


def _by_code(rules: Iterable[RuleVersion]) -> dict[str, list[RuleVersion]]:
    found: dict[str, list[RuleVersion]] = {}
    for rule in rules:
        if rule.kind == ROUTE:
            found.setdefault(rule.code, []).append(rule)
    return found


def rules_answer(ruleset: Ruleset, as_of: date | None, today: date) -> dict[str, Any]:
    """Return every route; with ``as_of`` only what is in force on that day."""
    rules = [
        rule
        for rule in ruleset.versions
        if as_of is None or any(p.covers(as_of) for p in days_in_force(ruleset, rule))
    ]
    return {
        "as_of": (as_of or today).isoformat(),
        "rules": [
            {
                "code": code,
                "name": wording.say(versions[-1].name),
                "areas": list(versions[-1].areas),
                "versions": [version_line(ruleset, rule) for rule in versions],
            }
            for code, versions in _by_code(rules).items()
        ],
    }


def find_versions(ruleset: Ruleset, code: str) -> list[RuleVersion]:
    """Return the versions of one rule, earliest first; empty if there is no such rule."""
    found = [rule for rule in ruleset.versions if rule.code == code]
    return sorted(found, key=lambda rule: rule.effective_from)


def rule_answer(ruleset: Ruleset, versions: list[RuleVersion]) -> dict[str, Any]:
    """Return one rule with all its versions: words, condition, figures, papers, days."""
    newest = versions[-1]
    return {
        "code": newest.code,
        "name": wording.say(newest.name),
        "areas": list(newest.areas),
        "versions": [_full_version(ruleset, rule) for rule in versions],
    }


def _full_version(ruleset: Ruleset, rule: RuleVersion) -> dict[str, Any]:
    return {
        **version_line(ruleset, rule),
        "name": wording.say(rule.name),
        "summary": wording.say(rule.summary),
        "registers": rule.registers,
        "citation": citation(rule.citation, rule.provenance),
        "periods": [
            {"area": p.area, "first_day": p.first.isoformat(), "last_day": _iso(p.last)}
            for p in days_in_force(ruleset, rule)
        ],
        "parameters": {
            name: {"value": p.value, "unit": p.unit, "clause": p.clause}
            for name, p in rule.parameters.items()
        },
        "condition": serialise(rule.condition),
        "leaves": [
            {"id": said["id"], "text": said["text"], "citation": said["citation"]}
            for node, said in leaves_in_words(rule)
            if isinstance(node, Compare | OfficerJudgement)
        ],
        "papers": {
            code: {
                "name": wording.say(paper.name),
                "alternatives": [wording.say(name) for name in paper.alternatives],
            }
            for code, paper in rule.papers.items()
        },
    }


def _asked(leaf: Leaf | None) -> str:
    """Return what a leaf asks, also where it stands in the middle of a sentence."""
    if leaf is None:
        return ""
    said = wording.leaf_text(leaf)
    if isinstance(leaf, OfficerJudgement):
        return _("the police decide %(asked)s") % {"asked": said}
    return said


def change_text(change: LeafChange) -> str:
    """Return one change as a sentence."""
    before, after = _asked(change.before), _asked(change.after)
    forms = {
        Change.ADDED: _("Newly asked: %(after)s."),
        Change.REMOVED: _("No longer asked: %(before)s."),
        Change.FIGURE: _("Instead of “%(before)s” now “%(after)s”."),
        Change.VALUES: _("Instead of “%(before)s” now “%(after)s”."),
        Change.ASKS: _("Instead of “%(before)s” now “%(after)s”."),
        Change.MOVED: _("Still asked, but combined differently with the rest: %(after)s."),
        Change.PAPERS: _("Still asked, with other papers to bring: %(after)s."),
    }
    return forms[change.kind] % {"before": before, "after": after}


def spoken(node: Condition) -> str:
    """Return a condition, or a part of one, as a phrase with brackets."""
    match node:
        case Compare() | OfficerJudgement():
            return _asked(node)
        case Not(child=child):
            return _("not: %(asked)s") % {"asked": spoken(child)}
    parts = wording.clauses_of(spoken(child) for child in children_of(node))
    if isinstance(node, All):
        return _("all of these (%(parts)s)") % {"parts": parts}
    return _("one of these (%(parts)s)") % {"parts": parts}


def differences_in_words(before: RuleVersion, after: RuleVersion) -> list[str]:
    """Return all that differs between two versions, one sentence each, each thing once."""
    return [
        *(_head_text(saying) for saying in tell_head(before, after)),
        *(saying_text(saying, before, after) for saying in tell(before, after)),
    ]


def saying_text(saying: Saying, before: RuleVersion, after: RuleVersion) -> str:
    """Return one difference of the condition as a sentence."""
    if saying.kind is Told.PAPERS:
        return _papers_text(saying, before, after)
    said = {
        "before": wording.clauses_of(map(spoken, saying.before)) if saying.before else "",
        "after": wording.clauses_of(map(spoken, saying.after)) if saying.after else "",
    }
    if saying.kind is Told.CLAUSE:
        said["clause"] = _place_text(after.citations[saying.after[0].clause])
    forms = {
        Told.ADDED: _("Newly asked: %(after)s."),
        Told.REMOVED: _("No longer asked: %(before)s."),
        Told.WAY_ADDED: _("One more way, enough by itself: %(after)s."),
        Told.WAY_REMOVED: _("No longer a way: %(before)s."),
        Told.FIGURE: _("Instead of “%(before)s” now “%(after)s”."),
        Told.VALUES: _("Instead of “%(before)s” now “%(after)s”."),
        Told.ASKS: _("Instead of “%(before)s” now “%(after)s”."),
        Told.NOW_ANY: _("One of these is enough now, where all were asked: %(after)s."),
        Told.NOW_ALL: _("All of these are asked now, where one was enough: %(after)s."),
        Told.NOW_ALONE: _("Whoever qualifies by this is registered alone now: %(after)s."),
        Told.NOW_WITH_FAMILY: _("By this the family may come along now: %(after)s."),
        Told.MOVED: _("Still asked, but combined differently with the rest: %(after)s."),
        Told.RENAMED: _("Asked as before, under another short name in the record: %(after)s."),
        Told.CLAUSE: _("Asked as before, now by %(clause)s: %(after)s."),
    }
    return forms[saying.kind] % said


def _papers_text(saying: Saying, before: RuleVersion, after: RuleVersion) -> str:
    [was], [leaf] = saying.before, saying.after
    more = [wording.say(after.papers[c].name) for c in leaf.papers if c not in was.papers]
    less = [wording.say(before.papers[c].name) for c in was.papers if c not in leaf.papers]
    said = {
        "asked": _asked(leaf),
        "more": wording.clauses_of(more) if more else "",
        "less": wording.clauses_of(less) if less else "",
    }
    if more and less:
        return _("To prove “%(asked)s” bring %(more)s instead of %(less)s.") % said
    if more:
        return _("To prove “%(asked)s” also bring %(more)s.") % said
    return _("To prove “%(asked)s” no longer bring %(less)s.") % said


def _place_text(cited: Any) -> str:
    said = {"document": wording.say(cited.document), "article": cited.article}
    return _("%(document)s, %(article)s") % said


def _head_text(saying: Saying) -> str:
    match saying.kind:
        case Told.NAME:
            said = {
                "before": wording.say(saying.before[0]),
                "after": wording.say(saying.after[0]),
            }
            return _("It is called “%(after)s” now, before “%(before)s”.") % said
        case Told.AREAS:
            said = {
                "before": wording.clauses_of(wording.AREAS[area] for area in saying.before),
                "after": wording.clauses_of(wording.AREAS[area] for area in saying.after),
            }
            return _("Instead of %(before)s it now holds in %(after)s.") % said
        case Told.REGISTERS:
            if saying.after == (SELF,):
                return _("Only the applicant is registered now; before, the family came along.")
            return _("The family may come along now; before, only the applicant was registered.")
        case Told.LAST_DAY:
            [day] = saying.after
            if day is None:
                return _("It has no last day any more.")
            return _("Its last day in force is %(day)s.") % {"day": wording.full_date(day)}
    said = {"before": _place_text(saying.before[0]), "after": _place_text(saying.after[0])}
    return _("It rests on %(after)s now, before on %(before)s.") % said


def diff_answer(before: RuleVersion, after: RuleVersion) -> dict[str, Any]:
    """Return what changed between two versions, leaf by leaf and in words."""
    return {
        "code": after.code,
        "from": before.version,
        "to": after.version,
        "summary": wording.say(after.summary),
        "changes": [
            {
                "kind": change.kind.value,
                "leaf": change.id,
                "before": serialise(change.before) if change.before else None,
                "after": serialise(change.after) if change.after else None,
                "text": change_text(change),
            }
            for change in changes(before, after)
        ],
        "registers": {"from": before.registers, "to": after.registers},
        "areas": {"from": list(before.areas), "to": list(after.areas)},
        "citation": {
            "from": citation(before.citation, before.provenance),
            "to": citation(after.citation, after.provenance),
        },
    }


def stored_rule(code: str, version: str) -> RuleVersion | None:
    """Return a published version by its permanent name, in force or not."""
    row = selectors.published_versions(code).filter(version=version).first()
    return records.to_rule(row.record) if row else None
