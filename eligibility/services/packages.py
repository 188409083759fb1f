"""Rule packages: versions as one YAML file with a hash, out of the portal and into it.

A package is checked as a whole: a mistake is reported with file, line and remedy, and nothing is
loaded. What comes in becomes drafts of the person who imports it. A county's version may inherit a
published one and hold its differences only.
"""

import copy
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml
from django.db import transaction

from eligibility import records, selectors
from eligibility.core.condition import OPERATORS
from eligibility.core.diff import LeafChange, changes
from eligibility.core.errors import FactsRefused, RuleMalformed
from eligibility.core.rule import RuleVersion as CoreRule
from eligibility.core.rule import digest
from eligibility.legal_files import (
    LegalFileError,
    Source,
    full_record,
    parse_bytes,
    read_document,
)
from eligibility.models import LegalDocument, PeriodInForce, Rule, RuleVersion
from eligibility.services import desk, examples, rules
from eligibility.services.examples import ExampleRefused
from eligibility.services.rules import RuleError

MAX_BYTES = 2_000_000
_TOP = {"hash", "content"}
_CONTENT = {"documents", "papers", "rules"}
_HEAD = (
    "code",
    "version",
    "kind",
    "name",
    "summary",
    "areas",
    "effective_from",
    "effective_to",
    "document",
    "clause",
    "provenance",
    "registers",
)
_WHOLE = {*_HEAD, "parameters", "condition", "examples"}
_DIFFERENT = {*_HEAD, "inherits", "parameters", "leaves", "examples"}
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


# --- Out


def export_rule(code: str, versions: Iterable[str] = ()) -> str:
    """Return versions of a rule as a package; without names every published one."""
    rows = RuleVersion.objects.filter(rule__code=code).select_related("document", "rule")
    names = list(versions)
    wanted = {"version__in": names} if names else {"status": RuleVersion.Status.PUBLISHED}
    found = list(rows.filter(**wanted).order_by("effective_from", "pk"))
    missing = set(names) - {row.version for row in found}
    if missing or not found:
        raise RuleError(f"there is no version {', '.join(sorted(missing))} of {code} to export")
    return export_versions(found)


def export_versions(rows: Iterable[RuleVersion]) -> str:
    """Return versions as one package, with the documents, papers and examples they rest on."""
    chosen = list(rows)
    papers: dict[str, Any] = {}
    for row in chosen:
        papers |= row.record["papers"]
    content = {
        "documents": [_document_out(document) for document in _documents_of(chosen)],
        "papers": dict(sorted(papers.items())),
        "rules": [_rule_out(row) for row in chosen],
    }
    return yaml.dump(
        {"hash": digest(content), "content": content},
        Dumper=_Dumper,
        allow_unicode=True,
        sort_keys=False,
        width=100,
    )


class _Dumper(yaml.SafeDumper):
    """Writes out what is the same, instead of pointing at it."""

    def ignore_aliases(self, data: Any) -> bool:
        """Point at nothing."""
        return True


def _documents_of(rows: Iterable[RuleVersion]) -> Iterable[LegalDocument]:
    slugs = {
        slug
        for row in rows
        for slug in (
            row.record["document"],
            *(cited["slug"] for cited in row.record["citations"].values()),
        )
    }
    return selectors.documents().filter(slug__in=slugs).order_by("slug")


def _document_out(row: LegalDocument) -> dict[str, Any]:
    note = {"note": {"zh": row.note_zh, "en": row.note_en}} if row.note_zh else {}
    return {
        "slug": row.slug,
        "title": {"zh": row.title_zh, "en": row.title_en},
        "number": row.number,
        "issuer": {"zh": row.issuer_zh, "en": row.issuer_en},
        "issued_on": row.issued_on and row.issued_on.isoformat(),
        "effective_from": row.effective_from and row.effective_from.isoformat(),
        "provenance": row.provenance,
        "level": row.level,
        **note,
        "clauses": {clause.article: clause.text for clause in row.clauses.all()},
    }


def _rule_out(row: RuleVersion) -> dict[str, Any]:
    entry = _differences_out(row) or {
        **{key: copy.deepcopy(row.record[key]) for key in _HEAD},
        "parameters": row.record["parameters"],
        "condition": row.record["condition"],
    }
    return entry | {
        "examples": [
            {
                "name": example.name,
                "as_of": example.as_of.isoformat(),
                "facts": example.facts,
                "expect": example.expect,
            }
            for example in row.examples.all()
        ]
    }


def _differences_out(row: RuleVersion) -> dict[str, Any] | None:
    """Return what differs from the template, if that says all there is to say."""
    template = _published(row.record.get("inherits", ""))
    if template is None:
        return None
    base = desk.with_full_references(template.record)
    full = desk.with_full_references(row.record)
    entry: dict[str, Any] = {"inherits": row.record["inherits"]}
    entry |= {key: full[key] for key in _HEAD if full[key] != base[key]}
    entry |= {key: full[key] for key in ("version", "effective_from")}
    figures = {
        name: figure
        for name, figure in full["parameters"].items()
        if base["parameters"].get(name) != figure
    }
    own = {desk.leaf_id(line): line for line in desk.lines(full["condition"])}
    leaves = {
        name: own.get(name)
        for line in desk.lines(base["condition"])
        if own.get(name := desk.leaf_id(line)) != line
    }
    entry |= {"parameters": figures} if figures else {}
    entry |= {"leaves": leaves} if leaves else {}
    try:
        resolved = _resolved(entry, template.record)
    except RuleMalformed:
        return None
    same = ("parameters", "condition", *_HEAD)
    return entry if all(resolved.get(key) == full.get(key) for key in same) else None


def _published(label: str) -> RuleVersion | None:
    code, _, version = label.partition("@")
    rows = RuleVersion.objects.filter(status=RuleVersion.Status.PUBLISHED)
    return rows.filter(rule__code=code, version=version).first()


# --- In


def read_package(name: str, content: bytes) -> Package:
    """Read and check a package; raises LegalFileError for the first mistake. Nothing is kept."""
    path = Path(name)
    if len(content) > MAX_BYTES:
        raise LegalFileError(
            path, 1, f"larger than {MAX_BYTES // 1_000_000} MB; export fewer rules"
        )
    return _Reader(parse_bytes(path, content)).package()


@transaction.atomic
def import_package(
    *, name: str, content: bytes, author: Any, now: datetime
) -> list[tuple[RuleVersion, str]]:
    """Load a package as drafts of ``author``; return each version, and "new" or "unchanged"."""
    package = read_package(name, content)
    source = package.source
    for number, (document, clauses) in enumerate(package.documents):
        try:
            rules.keep_document(document, clauses)
        except RuleError as error:
            raise source.error(f"content.documents[{number}]", str(error)) from error
    done = []
    for entry in package.entries:
        try:
            done.append(_draft(entry, author, now))
        except (RuleError, RuleMalformed, ExampleRefused) as error:
            raise source.error(entry.place, str(error)) from error
    return done


def _draft(entry: Entry, author: Any, now: datetime) -> tuple[RuleVersion, str]:
    last = Rule.objects.order_by("-position").values_list("position", flat=True).first()
    row, done = rules.draft_rule(
        record=entry.record,
        document=LegalDocument.objects.get(slug=entry.record["document"]),
        author=author,
        position=0 if last is None else last + 1,
        now=now,
    )
    if done == "new":
        examples.sync_file_examples(row, entry.examples, now)
    return row, done


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
                f"the hash is not that of the content ({right}): something was changed after the "
                "export; export it again, or write that hash if the change is meant",
            )
        documents = tuple(self._documents(content))
        papers = self._papers(content)
        for number, raw in enumerate(self._list(content, "rules")):
            at = f"content.rules[{number}]"
            inherits = isinstance(raw, dict) and "inherits" in raw
            entry = self._names(raw, at, _DIFFERENT if inherits else _WHOLE)
            label = self._label(entry, at)
            if label in self.raw:
                raise self.source.error(at, f"{label} is given twice; keep one")
            self.raw[label] = (at, entry)
        if not self.raw:
            raise self.source.error("content.rules", "the package holds no rule; add one")
        entries = tuple(self._entry(label, papers) for label in self.raw)
        return Package(source=self.source, hash=right, documents=documents, entries=entries)

    def _names(self, value: Any, at: str, allowed: set[str]) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise self.source.error(at, f"`{at or 'the file'}` must hold names and values")
        for key in value:
            if key not in allowed:
                raise self.source.error(
                    f"{at}.{key}" if at else key,
                    f"`{key}` is not known here; use one of {', '.join(sorted(allowed))}",
                )
        return value

    def _list(self, content: Mapping[str, Any], key: str) -> list[Any]:
        value = content.get(key, [])
        if not isinstance(value, list):
            raise self.source.error(f"content.{key}", f"`{key}` must be a list")
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
                        f"{at}.clauses.{article}", f"the words of {article} are missing"
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
        register = desk.paper_register()
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
                    at, f"the paper {code} is kept with other words; leave it out, or rename it"
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
            raise self.source.error(f"{at}.inherits", f"templates go round in a circle: {chain}")
        if label in self.read:
            return self.read[label]
        entry: dict[str, Any] = {key: value for key, value in raw.items() if key != "examples"}
        if "inherits" in raw:
            template = self._template(raw["inherits"], papers, (*above, label), at)
            try:
                entry = _resolved(entry, template)
            except RuleMalformed as error:
                raise self.source.error(f"{at}.{error.at}", error.message) from error
        slug = entry.get("document")
        if slug not in self.documents:
            raise self.source.error(
                f"{at}.document", f"no document {slug!r} is kept or in the package; add it"
            )
        document = self.documents[slug][1]
        entry.setdefault("provenance", document["provenance"])
        try:
            record = full_record(
                _bare(entry), document, self.documents[slug][2], self.documents, papers
            )
        except (AttributeError, KeyError, TypeError) as error:
            raise self.source.error(at, f"this rule cannot be read: {error}") from error
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
        row = _published(label)
        if row is None:
            raise self.source.error(
                f"{at}.inherits",
                f"there is no published version {label}; name one that is in force",
            )
        return dict(row.record)

    def _rule(self, record: Mapping[str, Any], at: str) -> CoreRule:
        try:
            return records.to_rule(record)
        except RuleMalformed as error:
            place = error.at.replace("rule", at, 1)
            raise self.source.error(place, f"{place}: {error.message}") from error

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
                    f"{rule.label} begins on {rule.effective_from}, and {newest.version} is in "
                    f"force since {newest.first_day}; begin it after that day",
                )

    def _check_name(self, rule: CoreRule, at: str) -> None:
        row = RuleVersion.objects.filter(rule__code=rule.code, version=rule.version).first()
        if row and row.content_hash != rule.content_hash:
            raise self.source.error(
                f"{at}.version", f"there is another {rule.label} already; give it another name"
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
                raise self.source.error(f"{place}.{error.field}", error.message) from error
            except FactsRefused as refused:
                first = refused.errors[0]
                raise self.source.error(
                    f"{place}.facts.{first.field}", f"{first.field}: {first.code}"
                ) from refused
            if name in seen:
                raise self.source.error(place, "an example of that name and day is there already")
            seen.add(name)
            yield example


def _resolved(entry: Mapping[str, Any], template: Mapping[str, Any]) -> dict[str, Any]:
    """Return an inheriting entry as a whole one; raises RuleMalformed with the place in it."""
    base = desk.with_full_references(template)
    whole: dict[str, Any] = {key: copy.deepcopy(base.get(key)) for key in _HEAD}
    whole["effective_to"] = None
    whole |= {key: entry[key] for key in _HEAD if key in entry}
    if "document" in entry and "provenance" not in entry:
        del whole["provenance"]
    whole["parameters"] = copy.deepcopy(base["parameters"])
    for name, figure in _mapping(entry, "parameters").items():
        if name not in base["parameters"]:
            raise RuleMalformed(f"parameters.{name}", f"the template has no figure {name!r}")
        if not isinstance(figure, Mapping):
            raise RuleMalformed(f"parameters.{name}", "give what differs: value, clause")
        whole["parameters"][name] |= figure
    different = _mapping(entry, "leaves")
    known = {desk.leaf_id(line) for line in desk.lines(base["condition"])}
    for name in different:
        if name not in known:
            raise RuleMalformed(f"leaves.{name}", f"the template has no leaf {name!r}")
    condition = _changed(copy.deepcopy(base["condition"]), different)
    if condition is None:
        raise RuleMalformed("leaves", "a rule asks at least one thing; keep a leaf")
    whole["condition"] = condition
    return whole


def _mapping(entry: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = entry.get(key) or {}
    if not isinstance(value, Mapping):
        raise RuleMalformed(key, f"`{key}` must hold names and what differs")
    return value


def _changed(node: dict[str, Any], different: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return a condition with some leaves asked otherwise; a leaf given as null is left out."""
    for kind in ("all", "any"):
        if kind in node:
            below = [part for child in node[kind] if (part := _changed(child, different))]
            return node | {kind: below} if below else None
    if "not" in node:
        child = _changed(node["not"], different)
        return {"not": child} if child else None
    name = desk.leaf_id(node)
    if name not in different:
        return node
    change = different[name]
    if change is None:
        return None
    if not isinstance(change, Mapping):
        raise RuleMalformed(f"leaves.{name}", "give what differs, or null to leave it out")
    if any(operator in change for operator in OPERATORS):
        node = {key: value for key, value in node.items() if key not in OPERATORS}
    return node | change


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
