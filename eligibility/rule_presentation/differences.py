"""Two versions side by side."""

from collections.abc import Iterator, Mapping
from datetime import date

from django.utils.translation import gettext as _

from eligibility import rule_pages, wording
from eligibility.core.condition import Leaf
from eligibility.core.diff import Change, changes, tell
from eligibility.core.rule import Ruleset, RuleVersion

from .areas import areas_text
from .conditions import condition_line
from .in_force import version_line
from .shapes import DiffPage
from .versions import registers

# What is only combined differently, or proved by other papers, is still asked.
_MARKS = {
    Change.ADDED: "added",
    Change.REMOVED: "removed",
    Change.MOVED: "moved",
    Change.PAPERS: "moved",
}


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
    if registers(before) != registers(after):
        yield _("Who is registered – before: %(before)s Now: %(after)s") % {
            "before": registers(before),
            "after": registers(after),
        }
