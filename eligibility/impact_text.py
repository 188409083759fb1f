"""The impact of a draft as plain text, for a terminal."""

from collections.abc import Iterator

from eligibility.core.disclosure import LEAST
from eligibility.core.impact import Comparison
from eligibility.core.impact_tables import CHANGED, LEVELS, ROUTE, Line, Result

HEADS = (*CHANGED, "changed")
_TITLES = {
    "area": "By area class of the target",
    "county": "By county-level unit of the target",
    "age": "By age",
    "cause": "By the leaf that flipped them",
    "move": "By verdict before > after",
}


def lines_of(found: Result, comparison: Comparison) -> Iterator[str]:
    """Yield the lines of every table; what is hidden is shown as a dash."""
    draft, old = comparison.draft, comparison.versions_before
    before = ", ".join(rule.label for rule in old) or "no version in force"
    yield ""
    yield f"Impact of {draft.label} (before: {before}) on {_number(found.people)} people."
    yield "gained: now met (overall: eligible); lost: no longer; otherwise: any other change."
    for level in LEVELS:
        yield ""
        yield f"== The route {draft.code}" if level == ROUTE else "== The overall verdict"
        rows = [("All", found.total(level))]
        yield from _table("", rows)
        for table in found.tables:
            if table.level == level and table.by in _TITLES and table.lines:
                rows = [(line.group or "not known", line) for line in table.lines]
                yield from _table(_TITLES[table.by], rows)
    if found.any_hidden:
        yield ""
        yield f"-: hidden, because a group of fewer than {LEAST} people could be told from it."


def _number(count: int | None) -> str:
    return "-" if count is None else f"{count:,}"


def _table(title: str, rows: list[tuple[str, Line]]) -> Iterator[str]:
    cells = [
        (name, *(_number(n) for n in (*(line.counts[c] for c in CHANGED), line.changed)))
        for name, line in rows
    ]
    wide = max(len(title), *(len(row[0]) for row in cells))
    yield ""
    yield f"{title:<{wide}}" + "".join(f"{head:>12}" for head in HEADS)
    for name, *numbers in cells:
        yield f"{name:<{wide}}" + "".join(f"{number:>12}" for number in numbers)
