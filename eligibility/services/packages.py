"""Rule packages: versions as one YAML file with a hash, out of the portal and into it.

A package is checked as a whole: a mistake is reported with file, line and remedy, and nothing is
loaded. What comes in becomes drafts of the person who imports it. A county's version may inherit a
published one and hold its differences only.
"""

import copy
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import yaml
from django.db import transaction

from eligibility import selectors
from eligibility.core.errors import RuleMalformed
from eligibility.core.rule import digest
from eligibility.models import LegalDocument, Rule, RuleVersion
from eligibility.services import examples, rules
from eligibility.services.draft_records import leaf_id, lines, with_full_references
from eligibility.services.examples import ExampleRefused
from eligibility.services.package_inheritance import HEAD, published, resolved
from eligibility.services.package_reader import MAX_BYTES, Entry, Package, read_package
from eligibility.services.rules import RuleError

__all__ = [
    "MAX_BYTES",
    "Entry",
    "Package",
    "export_rule",
    "export_versions",
    "import_package",
    "read_package",
]


# --- Out


def export_rule(code: str, versions: Iterable[str] = ()) -> str:
    """Return versions of a rule as a package; without names every published one."""
    rows = RuleVersion.objects.filter(rule__code=code).select_related("document", "rule")
    names = list(versions)
    wanted = {"version__in": names} if names else {"status": RuleVersion.Status.PUBLISHED}
    found = list(rows.filter(**wanted).order_by("effective_from", "pk"))
    missing = set(names) - {row.version for row in found}
    if missing or not found:
        raise RuleError(
            "there is no version %(versions)s of %(code)s to export",
            versions=", ".join(sorted(missing)),
            code=code,
        )
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
        **{key: copy.deepcopy(row.record[key]) for key in HEAD},
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
    template = published(row.record.get("inherits", ""))
    if template is None:
        return None
    base = with_full_references(template.record)
    full = with_full_references(row.record)
    entry: dict[str, Any] = {"inherits": row.record["inherits"]}
    entry |= {key: full[key] for key in HEAD if full[key] != base[key]}
    entry |= {key: full[key] for key in ("version", "effective_from")}
    figures = {
        name: figure
        for name, figure in full["parameters"].items()
        if base["parameters"].get(name) != figure
    }
    own = {leaf_id(line): line for line in lines(full["condition"])}
    leaves = {
        name: own.get(name)
        for line in lines(base["condition"])
        if own.get(name := leaf_id(line)) != line
    }
    entry |= {"parameters": figures} if figures else {}
    entry |= {"leaves": leaves} if leaves else {}
    try:
        again = resolved(entry, template.record)
    except RuleMalformed:
        return None
    same = ("parameters", "condition", *HEAD)
    return entry if all(again.get(key) == full.get(key) for key in same) else None


# --- In


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
            raise source.error(f"content.documents[{number}]", error.said) from error
    done = []
    for entry in package.entries:
        try:
            done.append(_draft(entry, author, now))
        except (RuleError, RuleMalformed, ExampleRefused) as error:
            raise source.error(entry.place, error.said) from error
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
