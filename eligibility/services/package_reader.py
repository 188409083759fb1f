"""Reads one package as a whole; a mistake is reported with file, line and remedy."""

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eligibility import records, selectors
from eligibility.core.diff import LeafChange, changes
from eligibility.core.errors import FactsRefused, RuleMalformed, Said
from eligibility.core.rule import RuleVersion as CoreRule
from eligibility.core.rule import digest
from eligibility.legal_files import (
    LegalFileError,
    Source,
    full_record,
    parse_bytes,
    read_document,
)
from eligibility.models import PeriodInForce, RuleVersion
from eligibility.services import examples
from eligibility.services.draft_records import paper_register
from eligibility.services.examples import ExampleRefused
from eligibility.services.package_inheritance import HEAD, published, resolved

MAX_BYTES = 2_000_000
_TOP = {"hash", "content"}
_CONTENT = {"documents", "papers", "rules"}
_WHOLE = {*HEAD, "parameters", "condition", "examples"}
_DIFFERENT = {*HEAD, "inherits", "parameters", "leaves", "examples"}
_EXAMPLE = {"name", "as_of", "facts", "expect"}


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One version of a package, resolved; of an inheriting one also what differs."""

    place: str  # its path in the file
    record: Mapping[str, Any]
    rule: CoreRule
    examples: tuple[Mapping[str, Any], ...]
    template: CoreRule | None = None

    @property
    def differences(self) -> tuple[LeafChange, ...]:
        """Return what an inheriting version asks otherwise than its template."""
        return changes(self.template, self.rule) if self.template else ()


@dataclass(frozen=True, kw_only=True)
class Package:
    """A package that can be loaded."""

    source: Source
    hash: str
    documents: tuple[tuple[Mapping[str, Any], Mapping[str, str]], ...]
    entries: tuple[Entry, ...]


def read_package(name: str, content: bytes) -> Package:
    """Read and check a package; raises LegalFileError for the first mistake. Nothing is kept."""
    path = Path(name)
    if len(content) > MAX_BYTES:
        raise LegalFileError(
            path, 1, "larger than %(most)s MB; export fewer rules", most=MAX_BYTES // 1000000
        )
    return _Reader(parse_bytes(path, content)).package()


class _Reader:
    """Checks one package, part by part."""

    def __init__(self, source: Source):
        self.source = source
        self.documents: dict[str, tuple[Any, Mapping[str, Any], Mapping[str, str]]] = {}
        self.raw: dict[str, tuple[str, dict[str, Any]]] = {}  # label -> place, entry
        self.read: dict[str, dict[str, Any]] = {}  # label -> record

    def package(self) -> Package:
        """Return the package; raises LegalFileError."""
        top = self._names(self.source.data, "", _TOP)
        content = self._names(top.get("content"), "content", _CONTENT)
        given, right = top.get("hash"), digest(content)
        if given != right:
            raise self.source.error(
                "hash",
                "the hash is not that of the content (%(hash)s): something was changed after the "
                "export; export it again, or write that hash if the change is meant",
                hash=right,
            )
        documents = tuple(self._documents(content))
        papers = self._papers(content)
        for number, raw in enumerate(self._list(content, "rules")):
            at = f"content.rules[{number}]"
            inherits = isinstance(raw, dict) and "inherits" in raw
            entry = self._names(raw, at, _DIFFERENT if inherits else _WHOLE)
            label = self._label(entry, at)
            if label in self.raw:
                raise self.source.error(at, "%(label)s is given twice; keep one", label=label)
            self.raw[label] = (at, entry)
        if not self.raw:
            raise self.source.error("content.rules", "the package holds no rule; add one")
        entries = tuple(self._entry(label, papers) for label in self.raw)
        return Package(source=self.source, hash=right, documents=documents, entries=entries)

    def _names(self, value: Any, at: str, allowed: set[str]) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise self.source.error(
                at, "`%(place)s` must hold names and values", place=at or Said("the file")
            )
        for key in value:
            if key not in allowed:
                raise self.source.error(
                    f"{at}.{key}" if at else key,
                    "`%(key)s` is not known here; use one of %(choices)s",
                    key=key,
                    choices=", ".join(sorted(allowed)),
                )
        return value

    def _list(self, content: Mapping[str, Any], key: str) -> list[Any]:
        value = content.get(key, [])
        if not isinstance(value, list):
            raise self.source.error(f"content.{key}", "`%(place)s` must be a list", place=key)
        return value

    def _label(self, entry: Mapping[str, Any], at: str) -> str:
        template = entry.get("inherits", "")
        if "inherits" in entry and not (isinstance(template, str) and "@" in template):
            raise self.source.error(f"{at}.inherits", "name the template like urban-owner@2020")
        code = entry.get("code") or (template.partition("@")[0] if template else None)
        version = entry.get("version")
        if not isinstance(code, str) or not isinstance(version, str) or not version:
            raise self.source.error(at, "give `code` and `version` as text, in quotes")
        return f"{code}@{version}"

    # The documents and papers.

    def _documents(
        self, content: Mapping[str, Any]
    ) -> Iterator[tuple[Mapping[str, Any], Mapping[str, str]]]:
        for row in selectors.documents():
            kept = {
                "slug": row.slug,
                "title": {"zh": row.title_zh, "en": row.title_en},
                "number": row.number,
                "provenance": row.provenance,
            }
            words = {clause.article: clause.text for clause in row.clauses.all()}
            self.documents[row.slug] = (None, kept, words)
        for number, raw in enumerate(self._list(content, "documents")):
            at = f"content.documents[{number}]"
            document = read_document(self.source, raw, at, frozenset({"clauses"}))
            clauses = raw.get("clauses") or {}
            if not isinstance(clauses, dict):
                raise self.source.error(f"{at}.clauses", "`clauses` must hold articles and words")
            for article, text in clauses.items():
                if not isinstance(text, str) or not text.strip():
                    raise self.source.error(
                        f"{at}.clauses.{article}",
                        "the words of %(article)s are missing; add them",
                        article=article,
                    )
            words = {article: text.strip() for article, text in clauses.items()}
            known = self.documents.get(document["slug"])
            self.documents[document["slug"]] = (
                None,
                document,
                {**(known or (0, 0, {}))[2], **words},
            )
            yield document, words

    def _papers(self, content: Mapping[str, Any]) -> dict[str, Any]:
        register = paper_register()
        given = content.get("papers") or {}
        if not isinstance(given, dict):
            raise self.source.error("content.papers", "`papers` must hold codes and papers")
        for code, paper in given.items():
            at = f"content.papers.{code}"
            self._names(paper, at, {"name", "alternatives", "only_when", "always"})
            match paper.get("name"):
                case {"zh": str(zh), "en": str(en)} if zh and en:
                    pass
                case _:
                    raise self.source.error(f"{at}.name", "`name` needs a text in zh and in en")
            if register.setdefault(code, paper) != paper:
                raise self.source.error(
                    at,
                    "the paper %(code)s is kept with other words; leave it out, or rename it",
                    code=code,
                )
        return register

    # The rules.

    def _entry(self, label: str, papers: Mapping[str, Any]) -> Entry:
        at, raw = self.raw[label]
        record = self._record(label, papers, ())
        rule = self._rule(record, at)
        self._check_newer(rule, at)
        self._check_name(rule, at)
        template = None
        if "inherits" in raw:
            template = records.to_rule(self._template(raw["inherits"], papers, (label,), at))
        return Entry(
            place=at,
            record=record,
            rule=rule,
            examples=tuple(self._examples(raw, at)),
            template=template,
        )

    def _record(
        self, label: str, papers: Mapping[str, Any], above: tuple[str, ...]
    ) -> dict[str, Any]:
        """Return the full record of a version of this package, its template resolved."""
        at, raw = self.raw[label]
        if label in above:
            chain = " -> ".join((*above, label))
            raise self.source.error(
                f"{at}.inherits", "templates go round in a circle: %(chain)s", chain=chain
            )
        if label in self.read:
            return self.read[label]
        entry: dict[str, Any] = {key: value for key, value in raw.items() if key != "examples"}
        if "inherits" in raw:
            template = self._template(raw["inherits"], papers, (*above, label), at)
            try:
                entry = resolved(entry, template)
            except RuleMalformed as error:
                raise self.source.error(f"{at}.{error.at}", error.said) from error
        slug = entry.get("document")
        if slug not in self.documents:
            raise self.source.error(
                f"{at}.document",
                "no document %(slug)r is kept or in the package; add it",
                slug=slug,
            )
        document = self.documents[slug][1]
        entry.setdefault("provenance", document["provenance"])
        try:
            record = full_record(
                _bare(entry), document, self.documents[slug][2], self.documents, papers
            )
        except (AttributeError, KeyError, TypeError) as error:
            raise self.source.error(at, "this rule cannot be read: %(why)s", why=error) from error
        if "inherits" in raw:
            record["inherits"] = raw["inherits"]
        self._rule(record, at)
        self.read[label] = record
        return record

    def _template(
        self, label: str, papers: Mapping[str, Any], above: tuple[str, ...], at: str
    ) -> dict[str, Any]:
        if label in self.raw:
            return self._record(label, papers, above)
        row = published(label)
        if row is None:
            raise self.source.error(
                f"{at}.inherits",
                "there is no published version %(label)s; name one that is in force",
                label=label,
            )
        return dict(row.record)

    def _rule(self, record: Mapping[str, Any], at: str) -> CoreRule:
        try:
            return records.to_rule(record)
        except RuleMalformed as error:
            place = error.at.replace("rule", at, 1)
            raise self.source.error(
                place, "%(place)s: %(why)s", place=place, why=error.said
            ) from error

    def _check_newer(self, rule: CoreRule, at: str) -> None:
        """Refuse what is older than what is in force: it would come back from the past."""
        rows = PeriodInForce.objects.filter(
            code=rule.code, area__in=rule.areas, first_day__gte=rule.effective_from
        )
        newest = rows.select_related("version").order_by("-first_day").first()
        if newest and newest.version.content_hash != rule.content_hash:
            same = RuleVersion.objects.filter(content_hash=rule.content_hash).exists()
            if not same:
                raise self.source.error(
                    f"{at}.effective_from",
                    "%(label)s begins on %(first)s, and %(other)s is in force since %(since)s; "
                    "begin it after that day",
                    label=rule.label,
                    first=rule.effective_from,
                    other=newest.version,
                    since=newest.first_day,
                )

    def _check_name(self, rule: CoreRule, at: str) -> None:
        row = RuleVersion.objects.filter(rule__code=rule.code, version=rule.version).first()
        if row and row.content_hash != rule.content_hash:
            raise self.source.error(
                f"{at}.version",
                "there is another %(label)s already; give it another name",
                label=rule.label,
            )

    def _examples(self, raw: Mapping[str, Any], at: str) -> Iterator[Mapping[str, Any]]:
        given = raw.get("examples") or []
        if not isinstance(given, list):
            raise self.source.error(f"{at}.examples", "`examples` must be a list")
        seen = set()
        for number, example in enumerate(given):
            place = f"{at}.examples[{number}]"
            self._names(example, place, _EXAMPLE)
            try:
                name = examples.check_example(example)
            except ExampleRefused as error:
                raise self.source.error(f"{place}.{error.field}", error.said) from error
            except FactsRefused as refused:
                first = refused.errors[0]
                raise self.source.error(
                    f"{place}.facts.{first.field}", "a fact is refused: %(fact)s", fact=first
                ) from refused
            if name in seen:
                raise self.source.error(place, "an example of that name and day is there already")
            seen.add(name)
            yield example


def _bare(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return an entry in which clauses of its own document are written without its slug."""
    found, own = copy.deepcopy(dict(entry)), f"{entry['document']}#"
    found.setdefault("parameters", {})
    for holder in _holders(found):
        clause = holder.get("clause")
        if isinstance(clause, str):
            holder["clause"] = clause.removeprefix(own)
    return found


def _holders(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        for part in value.values():
            yield from _holders(part)
    elif isinstance(value, list):
        for part in value:
            yield from _holders(part)
