"""The templates of notices as staff read them: whom for, by which way, and the words."""

from dataclasses import dataclass
from datetime import date

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from residence_permit.models import Notice, PermitApplication
from residence_permit.notifications import registry, wording

LANGUAGES: tuple[tuple[str, str, str], ...] = (("zh", "zh-Hans", "中文"), ("en", "en", "English"))
AUDIENCES = {"person": _("the person"), "staff": _("the desk")}
ABOUT = {"case": _("a case"), "permit": _("a permit"), "account": _("an account")}


@dataclass(frozen=True)
class Line:
    """One version of one template in the list."""

    code: str
    version: int
    subject: str
    to: str | Promise
    ways: str
    required: bool


@dataclass(frozen=True)
class Said:
    """The words in one language; ``language`` is its tag, for whoever reads them aloud."""

    language: str
    name: str
    subject: str
    body: tuple[str, ...]
    sms: str


def lines(found: registry.Registry, language: str) -> list[Line]:
    """Return the current version of each template, in the order of the files."""
    return [_line(template, language) for template in found]


def _line(template: registry.Template, language: str) -> Line:
    short = "en" if language.startswith("en") else "zh"
    return Line(
        code=template.code,
        version=template.version,
        subject=template.texts[short].subject,
        to=AUDIENCES[template.to],
        ways=ways(template),
        required=template.statutory,
    )


def ways(template: registry.Template) -> str:
    """Return the channels in words."""
    return " · ".join(str(Notice.Channel(channel).label) for channel in template.channels)


def written(template: registry.Template) -> list[Said]:
    """Return the text as it is kept, with the names of what is filled in."""
    return [
        Said(tag, name, text.subject, text.body, "\n".join(text.sms))
        for short, tag, name in LANGUAGES
        for text in [template.texts[short]]
    ]


def filled_in(template: registry.Template, case: PermitApplication, today: date) -> list[Said]:
    """Return what the person of ``case`` would be told; days and counts of its own are examples."""
    notice = Notice(
        template=template.code,
        template_version=template.version,
        application=case if template.about == "case" else None,
        permit=case.permit if template.about == "permit" else None,
        params=_examples(template, case, today),
    )
    said = []
    for _short, tag, name in LANGUAGES:
        words = wording.compose(notice, tag)
        said.append(Said(tag, name, words.subject, words.body, words.sms))
    return said


def _examples(
    template: registry.Template, case: PermitApplication, today: date
) -> dict[str, str | int]:
    """Give every day the deadline of the case, or today, and every count the figure 1."""
    day = (case.due_on or today).isoformat()
    kinds = {**template.params, **template.may}
    return {name: day if kind == "date" else 1 for name, kind in kinds.items()}
