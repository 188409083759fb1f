"""The templates of notices: versioned records under ``fixtures/notices/``, checked when read.

A record says whom it is for, by which channels it goes and what it takes. A sentence (a line of
the text) that names something under ``may`` is left out where that is not known. What a notice
said stays readable: its row names the version, and a version that was used is never edited.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from string import Formatter
from types import MappingProxyType
from typing import Any

from django.conf import settings

from eligibility.legal_files import LegalFileError, Source, parse_bytes

LANGUAGES = ("zh", "en")
CHANNELS = ("in_app", "email", "sms")
AUDIENCES = ("person", "staff")
KINDS = ("date", "count")
# What the case or the permit itself says; a station may be unknown.
KNOWN_OF = {"case": ("reference", "kind"), "permit": (), "account": ()}
MAYBE_KNOWN_OF = {"case": ("station",), "permit": ("station",), "account": ()}
IN_SUBJECT = frozenset({"kind"})  # a subject is read over shoulders and kept in logs
SMS_CHARACTERS = 140  # two parts of a long message, with the signature
_KEYS = {
    "code",
    "version",
    "to",
    "about",
    "channels",
    "statutory",
    "params",
    "may",
    *LANGUAGES,
}
_CODE = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


class TemplateUnknown(LookupError):
    """No template has this code, or this version."""


class ParamsRefused(ValueError):
    """What a notice was given does not fit its template; the message names the parameter."""


@dataclass(frozen=True)
class Text:
    """The words in one language; each line of ``body`` and ``sms`` is a sentence."""

    subject: str
    body: tuple[str, ...]
    sms: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Template:
    """One version of one template."""

    code: str
    version: int
    to: str
    about: str
    channels: tuple[str, ...]
    statutory: bool
    params: Mapping[str, str]
    may: Mapping[str, str]
    texts: Mapping[str, Text]

    def checked(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """Return the parameters as they are stored; only days and counts are let in.

        Raises ParamsRefused: nothing that names a person can get into a row by mistake.
        """
        kinds = {**self.params, **self.may}
        if unknown := sorted(set(params) - set(kinds)):
            raise ParamsRefused(f"{self.code} does not take {', '.join(unknown)}")
        stored = {}
        for name, value in params.items():
            if value is None and name in self.may:
                continue
            fits = type(value) is date if kinds[name] == "date" else type(value) is int
            if not fits:
                raise ParamsRefused(f"{self.code}: {name} must be a {kinds[name]}")
            stored[name] = value.isoformat() if kinds[name] == "date" else value
        if missing := sorted(set(self.params) - set(stored)):
            raise ParamsRefused(f"{self.code} needs {', '.join(missing)}")
        return stored


class Registry:
    """All versions of all templates."""

    def __init__(self, templates: Iterator[Template]):
        """Keep them by code and version."""
        self._versions: dict[str, dict[int, Template]] = {}
        for template in templates:
            self._versions.setdefault(template.code, {})[template.version] = template

    def __iter__(self) -> Iterator[Template]:
        """Yield the current version of each."""
        return (versions[max(versions)] for versions in self._versions.values())

    def current(self, code: str) -> Template:
        """Return the latest version; raises TemplateUnknown."""
        versions = self._of(code)
        return versions[max(versions)]

    def version(self, code: str, number: int) -> Template:
        """Return the version that a notice names; raises TemplateUnknown."""
        try:
            return self._of(code)[number]
        except KeyError:
            raise TemplateUnknown(f"template {code} has no version {number}") from None

    def _of(self, code: str) -> dict[int, Template]:
        try:
            return self._versions[code]
        except KeyError:
            raise TemplateUnknown(f"no template {code}; add it to fixtures/notices/") from None


@lru_cache(maxsize=1)
def shipped() -> Registry:
    """Return the templates of the portal."""
    return read_folder(settings.BASE_DIR / "fixtures" / "notices")


def read_folder(folder: Path) -> Registry:
    """Read every file of a folder; raises LegalFileError at the first mistake."""
    found: dict[tuple[str, int], Template] = {}
    for path in sorted(folder.glob("*.yaml")):
        source = parse_bytes(path, path.read_bytes())
        for at, template in _templates(source):
            if (template.code, template.version) in found:
                raise source.error(at, f"{template.code} {template.version} is given twice")
            found[template.code, template.version] = template
    return Registry(iter(found.values()))


def _templates(source: Source) -> Iterator[tuple[str, Template]]:
    match source.data:
        case {"notices": list(records), **rest} if not rest:
            for index, raw in enumerate(records):
                at = f"notices[{index}]"
                yield at, _template(source, raw, at)
        case _:
            raise source.error("", "the file must hold `notices`, a list, and nothing else")


def _template(source: Source, raw: Any, at: str) -> Template:
    if not isinstance(raw, dict):
        raise source.error(at, "a notice must hold names and values")
    if strange := sorted(set(raw) - _KEYS):
        raise source.error(f"{at}.{strange[0]}", f"`{strange[0]}` is not known here")
    if lacking := sorted(_KEYS - {"params", "may"} - set(raw)):
        raise source.error(at, f"`{lacking[0]}` is missing; add it")
    code, version = raw["code"], raw["version"]
    if not (isinstance(code, str) and _CODE.fullmatch(code) and len(code) <= 60):
        raise source.error(f"{at}.code", "write the code like case-accepted")
    if type(version) is not int or version < 1:
        raise source.error(f"{at}.version", "count the versions from 1")
    if type(raw["statutory"]) is not bool:
        raise source.error(f"{at}.statutory", "write true or false")
    template = Template(
        code=code,
        version=version,
        to=_one_of(source, raw["to"], AUDIENCES, f"{at}.to"),
        about=_one_of(source, raw["about"], tuple(KNOWN_OF), f"{at}.about"),
        channels=_channels(source, raw["channels"], f"{at}.channels"),
        statutory=raw["statutory"],
        params=_kinds(source, raw.get("params") or {}, f"{at}.params"),
        may=_kinds(source, raw.get("may") or {}, f"{at}.may"),
        texts=MappingProxyType(
            {language: _text(source, raw, language, at) for language in LANGUAGES}
        ),
    )
    _check_placeholders(source, template, at)
    return template


def _one_of(source: Source, value: Any, allowed: tuple[str, ...], at: str) -> str:
    if value not in allowed:
        raise source.error(at, f"use one of {', '.join(allowed)}")
    return value


def _channels(source: Source, value: Any, at: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not value or set(value) - set(CHANNELS):
        raise source.error(at, f"list some of {', '.join(CHANNELS)}")
    if "in_app" not in value:
        raise source.error(at, "the portal itself keeps every notice; add in_app")
    return tuple(channel for channel in CHANNELS if channel in value)


def _kinds(source: Source, value: Any, at: str) -> Mapping[str, str]:
    if not isinstance(value, dict):
        raise source.error(at, "write names and kinds, like `due_on: date`")
    for name, kind in value.items():
        _one_of(source, kind, KINDS, f"{at}.{name}")
    return MappingProxyType(dict(value))


def _text(source: Source, raw: Mapping[str, Any], language: str, at: str) -> Text:
    place = f"{at}.{language}"
    match raw[language]:
        case {"subject": str(subject), "body": str(body), **rest} if set(rest) <= {"sms"}:
            pass
        case _:
            raise source.error(place, "give a `subject`, a `body` and perhaps `sms`")
    sms = rest.get("sms", "")
    if not isinstance(sms, str) or bool(sms.strip()) is not ("sms" in raw["channels"]):
        raise source.error(place, "`sms` is needed exactly where it is one of the channels")
    text = Text(subject.strip(), _lines(body), _lines(sms))
    if not text.subject or not text.body or "\n" in text.subject:
        raise source.error(place, "the subject is one line, and the body says something")
    return text


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.splitlines() if line.strip())


def placeholders(text: str) -> list[str]:
    """Return the names in braces; raises ValueError for anything but a plain name."""
    names = []
    for _literal, name, spec, conversion in Formatter().parse(text):
        if name is None:
            continue
        if not name.isidentifier() or spec or conversion:
            raise ValueError(f"write {{{name}}} as a plain name in braces")
        names.append(name)
    return names


def _check_placeholders(source: Source, template: Template, at: str) -> None:
    """Refuse a name that nothing fills, one that is never used, and any but few in a subject."""
    own = {*template.params, *template.may}
    known = own | {*KNOWN_OF[template.about], *MAYBE_KNOWN_OF[template.about]}
    for language, text in template.texts.items():
        place = f"{at}.{language}"
        try:
            subject = set(placeholders(text.subject))
            rest = {name for line in (*text.body, *text.sms) for name in placeholders(line)}
        except ValueError as error:
            raise source.error(place, str(error)) from None
        if extra := sorted(subject - IN_SUBJECT):
            raise source.error(place, f"a subject must not hold {{{extra[0]}}}")
        if extra := sorted((subject | rest) - known):
            raise source.error(place, f"nothing fills {{{extra[0]}}}; declare it under params")
        if unused := sorted(own - rest):
            raise source.error(place, f"{{{unused[0]}}} is declared and missing in the text")
        unsure = {*template.may, *MAYBE_KNOWN_OF[template.about]}
        if all(set(placeholders(line)) & unsure for line in text.body):
            raise source.error(place, "one line must stand whatever is known")
        if sum(map(len, text.sms)) > SMS_CHARACTERS:
            raise source.error(place, f"shorten `sms` to {SMS_CHARACTERS} characters")


__all__ = [
    "LegalFileError",
    "ParamsRefused",
    "Registry",
    "Template",
    "TemplateUnknown",
    "Text",
    "placeholders",
    "read_folder",
    "shipped",
]
