"""A running check keeps its rules; newer ones are offered with what they change for this person."""

from dataclasses import dataclass
from datetime import date

from eligibility import selectors
from eligibility.core.check import Check
from eligibility.core.rule import RuleVersion
from eligibility.services.questionnaires import Progress, take_newest_rules


@dataclass(frozen=True, kw_only=True)
class RouteChange:
    """A route that stands otherwise under the newer rules; None where it is not listed."""

    rule: RuleVersion  # the newer version where there is one
    before: str | None
    after: str | None
    date_before: date | None
    date_after: date | None


@dataclass(frozen=True, kw_only=True)
class Recheck:
    """The same answers on the same day, by the rules of the check and by those published now."""

    before: Check
    after: Check
    routes: tuple[RouteChange, ...]

    @property
    def changes_anything(self) -> bool:
        """Whether this person's answer is another one."""
        return bool(self.routes) or self.before.verdict is not self.after.verdict


def recheck_offer(progress: Progress) -> Recheck | None:
    """Return what newer rules change for this person; None while there are no newer rules."""
    if not progress.newer_rules:
        return None
    before = progress.check
    after = Check(selectors.published_ruleset(), progress.facts, progress.today)
    return Recheck(before=before, after=after, routes=_differing(before, after))


def _differing(before: Check, after: Check) -> tuple[RouteChange, ...]:
    """Return the routes that stand otherwise, in the order of the rule table."""
    old, new = _by_code(before), _by_code(after)
    found = []
    for code in dict.fromkeys([*new, *old]):
        was, now = old.get(code), new.get(code)
        if (was and was[1:]) != (now and now[1:]):
            rule, *_ = now or was
            found.append(
                RouteChange(
                    rule=rule,
                    before=was and was[1],
                    after=now and now[1],
                    date_before=was and was[2],
                    date_after=now and now[2],
                )
            )
    return tuple(found)


def _by_code(check: Check) -> dict[str, tuple[RuleVersion, str, date | None]]:
    """Return how each route stands; of two versions at an open place, the better one."""
    found: dict[str, tuple[RuleVersion, str, date | None]] = {}
    ranks: dict[str, int] = {}
    for route, day in zip(check.routes, check.dates, strict=True):
        code = route.rule.code
        if int(route.verdict) >= ranks.get(code, -1):
            ranks[code] = int(route.verdict)
            found[code] = (route.rule, route.verdict.wire, day)
    return found


accept_recheck = take_newest_rules  # going on by the newer rules is one act, from either page
