"""What newer rules change for a person, in words."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from eligibility import wording

# The same words as in templates/components/_verdict_word.html.
_WORDS = {
    "eligible": gettext_lazy("You can register"),
    "met": gettext_lazy("Met"),
    "officer_decides": gettext_lazy("The police decide"),
    "more_information_needed": gettext_lazy("We need to know more"),
    "unknown": gettext_lazy("Not known yet"),
    "not_yet": gettext_lazy("Not yet"),
    "not_eligible": gettext_lazy("Not under today’s rules"),
    "not_met": gettext_lazy("Not met"),
    "not_covered": gettext_lazy("Outside these rules"),
}


@dataclass(frozen=True, kw_only=True)
class RecheckWords:
    """The offer: a sentence for each change, the whole answer first; none: nothing changes."""

    lines: tuple[str, ...]


def recheck_words(recheck: Any) -> RecheckWords | None:
    """Return the offer in words; None where there are no newer rules."""
    return recheck and RecheckWords(lines=tuple(_lines(recheck)))


def _lines(recheck: Any) -> Iterator[str]:
    before, after = recheck.before, recheck.after
    then = _stand(before.verdict.value, before.earliest_date)
    now = _stand(after.verdict.value, after.earliest_date)
    if then != now:
        yield _("Overall: “%(before)s” so far, “%(after)s” by the newer rules.") % {
            "before": then,
            "after": now,
        }
    for route in recheck.routes:
        yield _("%(route)s: “%(before)s” so far, “%(after)s” by the newer rules.") % {
            "route": wording.say(route.rule.name),
            "before": _stand(route.before, route.date_before),
            "after": _stand(route.after, route.date_after),
        }


def _stand(verdict: str | None, day: date | None) -> str:
    if verdict is None:
        return _("there is no such way")
    word = str(_WORDS[verdict])
    if day is None:
        return word
    return _("%(verdict)s, from %(day)s on") % {"verdict": word, "day": wording.full_date(day)}
