"""Makes the words of a notice, when it is sent or read: the row holds none."""

from dataclasses import dataclass
from datetime import date

from django.utils import formats, translation

from residence_permit.models import Notice, NoticePreference
from residence_permit.notifications import registry

CHINESE = NoticePreference.Language.CHINESE.value


@dataclass(frozen=True)
class Words:
    """A notice in one language; ``values`` are what the text message's provider is given."""

    subject: str
    body: tuple[str, ...]
    sms: str
    values: dict[str, str]


def compose(notice: Notice, language: str) -> Words:
    """Return the words of ``notice``; a sentence of which something is not known is left out."""
    template = registry.shipped().version(notice.template, notice.template_version)
    short = "en" if language.startswith("en") else "zh"
    text = template.texts[short]
    with translation.override("en" if short == "en" else CHINESE):
        values = _values(notice, template)
    gap = " " if short == "en" else ""
    return Words(
        subject=text.subject.format_map(values),
        body=tuple(_known(text.body, values)),
        sms=gap.join(_known(text.sms, values)),
        values=values,
    )


def _values(notice: Notice, template: registry.Template) -> dict[str, str]:
    kinds = {**template.params, **template.may}
    values = {
        name: _day(value) if kinds[name] == "date" else str(value)
        for name, value in notice.params.items()
    }
    if template.about == "case":
        values["reference"] = notice.application.reference
        values["kind"] = str(notice.application.get_kind_display())
        station = notice.application.station
    else:
        station = notice.permit.station if notice.permit else None
    if station is not None:
        values["station"] = station.name
    return values


def _day(value: str) -> str:
    return formats.date_format(date.fromisoformat(value), "DATE_FORMAT")


def _known(lines: tuple[str, ...], values: dict[str, str]) -> list[str]:
    return [
        line.format_map(values)
        for line in lines
        if all(name in values for name in registry.placeholders(line))
    ]
