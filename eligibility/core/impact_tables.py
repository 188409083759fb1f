"""The tables of an impact run, read off its tally: who gains, who loses, by which leaf.

*Gained*: now met (overall: eligible), and not before. *Lost*: met before, and not now. *Otherwise*:
judged differently, but met neither before nor now. The three are disjoint; together they are the
changed. Groups under ten people are hidden, and whatever would tell them (see ``disclosure``).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from eligibility.core.disclosure import LEAST, hidden
from eligibility.core.impact import AGE_BANDS, AGE_UNKNOWN, FLIPPED, GROUPS, Tally
from eligibility.core.places import CITY_DISTRICTS, COUNTIES
from eligibility.core.verdict import Overall, Verdict

ROUTE, OVERALL = "route", "overall"
LEVELS = (ROUTE, OVERALL)
# Of a household member the overall verdict is one of a route's, too.
BEST = {
    ROUTE: frozenset({Verdict.MET.wire}),
    OVERALL: frozenset({Overall.ELIGIBLE.value, Verdict.MET.wire}),
}
GAINED, LOST, OTHERWISE = "gained", "lost", "otherwise"
CHANGED = (GAINED, LOST, OTHERWISE)
TOTAL, CAUSE, MOVE = "total", "cause", "move"
_AREA_ORDER = ("county", "urban", "rural", "urban_or_rural", "open")
_AGE_ORDER = (*(name for _, name in AGE_BANDS), AGE_UNKNOWN)
_DISTRICT_AREAS = ("urban", "rural", "urban_or_rural")

Key = tuple[str, str, str, str]  # level, by, group, column


@dataclass(frozen=True)
class Line:
    """One group; a count of None is hidden."""

    group: str
    counts: Mapping[str, int | None]

    @property
    def changed(self) -> int | None:
        """Return gained, lost and otherwise together, where all three are shown."""
        parts = [self.counts[name] for name in CHANGED]
        return None if None in parts else sum(part or 0 for part in parts)


@dataclass(frozen=True)
class Table:
    """The groups of one kind, for one level; ``by`` is total, area, county, age, cause or move.

    Of ``cause`` the groups are leaves; of ``move`` they are ``before>after``.
    """

    level: str
    by: str
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Result:
    """What an impact run found, ready to be shown; the raw counts stay out of reach."""

    people: int | None
    tables: tuple[Table, ...]
    any_hidden: bool

    def table(self, level: str, by: str) -> Table:
        """Return one table."""
        return next(t for t in self.tables if (t.level, t.by) == (level, by))

    def total(self, level: str) -> Line:
        """Return the line of all people."""
        return self.table(level, TOTAL).lines[0]


def result(tally: Tally, least: int = LEAST) -> Result:
    """Return every table of a tally, with what must be hidden hidden."""
    counts = count(tally)
    shut = hidden(counts, sums(counts), least)
    tables: dict[tuple[str, str], dict[str, dict[str, int | None]]] = {}
    for key, number in counts.items():
        level, by, group, column = key
        line = tables.setdefault((level, by), {}).setdefault(group, {})
        line[column] = None if key in shut else number
    people = sum(tally.people.values())
    return Result(
        people=None if 0 < people < least else people,
        tables=tuple(
            Table(level, by, tuple(Line(group, columns) for group, columns in groups.items()))
            for (level, by), groups in tables.items()
        ),
        any_hidden=bool(shut) or 0 < people < least,
    )


def kind_of(level: str, before: str, after: str) -> str | None:
    """Return whether somebody gains, loses or changes otherwise; None where nothing changes."""
    if before == after:
        return None
    best = BEST[level]
    return GAINED if after in best else LOST if before in best else OTHERWISE


def count(tally: Tally) -> dict[Key, int]:
    """Return every count that the tables show."""
    found: dict[Key, int] = {}

    def add(level: str, by: str, group: str, kind: str | None, number: int) -> None:
        for column in CHANGED:
            key = (level, by, group, column)
            found[key] = found.get(key, 0) + (number if column == kind else 0)

    for level in LEVELS:
        add(level, TOTAL, "", None, 0)
        for number, by in enumerate(GROUPS):
            for name in _groups(by, (cell[number] for cell in tally.people)):
                add(level, by, name, None, 0)
    for cell, number in sorted(tally.flips.items(), key=lambda item: item[0][len(GROUPS) :]):
        at = dict(zip((*GROUPS, *FLIPPED), cell, strict=True))
        for level in LEVELS:
            before, after = at[f"{level}_before"], at[f"{level}_after"]
            kind = kind_of(level, before, after)
            if kind is not None:
                add(level, TOTAL, "", kind, number)
                for by in (*GROUPS, CAUSE):
                    add(level, by, at[by], kind, number)
                add(level, MOVE, f"{before}>{after}", kind, number)
    return found


def _groups(by: str, found: Iterable[str]) -> list[str]:
    order = {"area": _AREA_ORDER, "county": (*CITY_DISTRICTS, *COUNTIES, ""), "age": _AGE_ORDER}[by]
    there = set(found)
    return [name for name in order if name in there] + sorted(there - set(order))


def sums(counts: Mapping[Key, int]) -> list[dict[Key, int]]:
    """Return the sums among the counts that a reader can work with."""
    parts: dict[tuple[str, str, str], list[Key]] = {}
    for key in counts:
        level, by, _, column = key
        if by != TOTAL:
            parts.setdefault((level, by, column), []).append(key)
    found: list[dict[Key, int]] = [  # the whole is its groups
        {(level, TOTAL, "", column): -1} | dict.fromkeys(keys, 1)
        for (level, _, column), keys in parts.items()
    ]
    for level in LEVELS:
        for column in CHANGED:
            for areas, units in ((("county",), COUNTIES), (_DISTRICT_AREAS, CITY_DISTRICTS)):
                whole = [(level, "area", area, column) for area in areas]
                places = [(level, "county", unit, column) for unit in units]
                both = dict.fromkeys(whole, -1) | dict.fromkeys(places, 1)
                found.append({key: sign for key, sign in both.items() if key in counts})
            ends = [(level, by, group, column) for by, group in (("area", "open"), ("county", ""))]
            if all(key in counts for key in ends):
                found.append({ends[0]: -1, ends[1]: 1})
    return [one for one in found if len(one) > 1]
