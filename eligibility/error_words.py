"""Why something was refused, in the reader's language: the sentences of errors, gaps filled."""

from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from eligibility import wording
from eligibility.core.errors import FieldError, Said
from eligibility.forms import UNITS
from eligibility.models import Rule, RuleEvent, RuleVersion

_STATES = {
    **dict(RuleVersion.Status.choices),
    **dict(RuleEvent.Kind.choices),
    **dict(Rule.Kind.choices),
}


def sentence(said: Said) -> str:
    """Return an error in the reader's language; a text that no catalog holds stays English."""
    gaps = {name: _gap(name, value) for name, value in said.params.items()}
    return _(said.text) % gaps if gaps else _(said.text)


def _gap(name: str, value: Any) -> Any:
    """Return what fills a gap: facts, areas, units and days in words, all else as it is."""
    match value:
        case Said():
            return sentence(value)
        case FieldError():
            return _("%(fact)s: %(refusal)s") % {
                "fact": wording.label(value.field),
                "refusal": wording.refusal_text(value),
            }
        case date():
            return wording.full_date(value)
        case str() if name == "fact":
            return wording.label(value)
        case str() if name == "area":
            return wording.AREAS[value]
        case str() if name in ("unit", "wanted"):
            return UNITS.get(value, value)
        case str() if name in ("status", "kind"):
            return _STATES.get(value, value)
    return value
