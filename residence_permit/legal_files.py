"""Reads ``fixtures/permit/`` and ``fixtures/services/``: what the law asks and gives, as records.

One file holds one document, its clauses and the provisions that carry it out; ``papers.yaml`` is
the register of papers. A document may be cited from the other folder as ``slug#article``. A
mistake is reported with file, line and remedy, and nothing is returned.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eligibility.core.errors import RuleMalformed, RulesConflict
from eligibility.legal_files import LegalFileError, Source, parse_bytes, read_document
from residence_permit.core.provisions import Provision, check_versions, read_provision

PAPERS = "papers.yaml"
FOLDERS = ("permit", "services")  # of fixtures/
_TOP_KEYS = {"document", "clauses", "provisions"}
_KEYS = {
    "code",
    "version",
    "kind",
    "name",
    "summary",
    "area",
    "office",
    "clause",
    "also",
    "effective_from",
    "effective_to",
    "parameters",
    "condition",
}
_PAPER_KEYS = {"name", "alternatives", "clause", "only_when", "always"}


@dataclass(frozen=True, kw_only=True)
class HeldProvision:
    """One provision as its file gives it; ``record`` is what ``read_provision`` reads."""

    record: Mapping[str, Any]
    provision: Provision
    position: int  # in the order of the files
    at: str  # file and line


def read_provisions(fixtures: Path) -> tuple[HeldProvision, ...]:
    """Read every provision under ``fixtures``; raises LegalFileError for the first mistake."""
    paths = [path for folder in FOLDERS for path in sorted((fixtures / folder).glob("*.yaml"))]
    sources = [_parse(path) for path in paths]
    documents: dict[str, dict[str, Any]] = {}
    words: dict[str, dict[str, str]] = {}
    papers: dict[str, Any] = {}
    for source in sources:
        if source.path.name == PAPERS:
            papers |= _papers(source)
        else:
            _keep_document(source, documents, words)
    held: list[HeldProvision] = []
    for source in sources:
        if source.path.name != PAPERS:
            for found in _provisions(source, documents, words, papers):
                held.append(found)
                _check_versions(source, held)
    return tuple(
        HeldProvision(record=h.record, provision=h.provision, position=i, at=h.at)
        for i, h in enumerate(held)
    )


def _parse(path: Path) -> Source:
    try:
        return parse_bytes(path, path.read_bytes())
    except OSError as error:
        raise LegalFileError(path, 1, f"cannot be read: {error.strerror}") from None


def _mapping(source: Source, value: Any, at: str, allowed: set[str]) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise source.error(at, f"`{at or 'the file'}` must hold names and values")
    extra = sorted(set(value) - allowed)
    if extra:
        known = ", ".join(sorted(allowed))
        place = f"{at}.{extra[0]}" if at else extra[0]
        raise source.error(place, f"`{extra[0]}` is not known here; use one of {known}")
    return value


def _papers(source: Source) -> dict[str, Any]:
    top = _mapping(source, source.data, "", {"papers"})
    papers = top.get("papers")
    if not isinstance(papers, dict):
        raise source.error("", "`papers` must hold codes and papers")
    for code, raw in papers.items():
        _mapping(source, raw, f"papers.{code}", _PAPER_KEYS)
        if not isinstance(raw.get("clause"), str) or "#" not in raw["clause"]:
            raise source.error(f"papers.{code}", "`clause` must be written like slug#article")
    return papers


def _keep_document(
    source: Source, documents: dict[str, dict[str, Any]], words: dict[str, dict[str, str]]
) -> None:
    """Add a file's document and clauses; both folders may hold some of one document."""
    top = _mapping(source, source.data, "", _TOP_KEYS)
    document = read_document(source, top.get("document"))
    slug = document["slug"]
    if documents.setdefault(slug, document) != document:
        raise source.error("document", f"{slug} is described differently in another file")
    clauses = top.get("clauses")
    if not isinstance(clauses, dict):
        raise source.error("clauses", "`clauses` must hold articles and their words")
    known = words.setdefault(slug, {})
    for article, text in clauses.items():
        if not isinstance(text, str) or not text.strip():
            raise source.error(f"clauses.{article}", f"the words of {article} are missing")
        if known.setdefault(article, text.strip()) != text.strip():
            raise source.error(f"clauses.{article}", f"{article} has other words in another file")


def _provisions(
    source: Source,
    documents: Mapping[str, Mapping[str, Any]],
    words: Mapping[str, Mapping[str, str]],
    papers: Mapping[str, Any],
) -> Iterator[HeldProvision]:
    raws = source.data.get("provisions")
    if not isinstance(raws, list):
        raise source.error("provisions", "`provisions` must be a list")
    slug = source.data["document"]["slug"]
    for number, raw in enumerate(raws):
        at = f"provisions[{number}]"
        raw = _mapping(source, raw, at, _KEYS)
        try:
            record = _full_record(raw, slug, documents, words, papers)
            provision = read_provision(record)
        except RuleMalformed as error:
            place = error.at.replace("provision", at, 1)
            raise source.error(place, f"{place}: {error.message}") from None
        line = source.lines.get(at, 1)
        yield HeldProvision(
            record=record, provision=provision, position=0, at=f"{source.path.name}:{line}"
        )


def _full_record(
    raw: Mapping[str, Any],
    slug: str,
    documents: Mapping[str, Mapping[str, Any]],
    words: Mapping[str, Mapping[str, str]],
    papers: Mapping[str, Any],
) -> dict[str, Any]:
    """Return everything that an answer will need, cited words and named papers too."""
    wanted = set(_named_papers(raw.get("condition")))
    if raw.get("kind") == "permit":
        wanted |= {code for code, paper in papers.items() if paper.get("always")}
    used = {code: paper for code, paper in papers.items() if code in wanted}
    references = {ref for ref in _collect(raw, "clause") if isinstance(ref, str)}
    references |= {ref for ref in raw.get("also") or () if isinstance(ref, str)}
    references |= {paper["clause"] for paper in used.values()}
    citations = {}
    for reference in sorted(references):
        other, _, article = reference.rpartition("#")
        document = documents.get(other or slug)
        text = words.get(other or slug, {}).get(article)
        if document is not None and text is not None:
            citations[reference] = {
                "slug": document["slug"],
                "document": document["title"],
                "number": document["number"],
                "article": article,
                "text": text,
                "provenance": document["provenance"],
            }
    return {
        **{key: raw.get(key) for key in sorted(_KEYS)},
        "parameters": raw.get("parameters") or {},
        "document": slug,
        "citations": citations,
        "papers": used,
    }


def _named_papers(node: Any) -> Iterator[str]:
    for names in _collect(node, "papers"):
        if isinstance(names, list):
            yield from (name for name in names if isinstance(name, str))


def _collect(node: Any, key: str) -> Iterator[Any]:
    if isinstance(node, dict):
        if key in node:
            yield node[key]
        for value in node.values():
            yield from _collect(value, key)
    elif isinstance(node, list):
        for value in node:
            yield from _collect(value, key)


def _check_versions(source: Source, held: Sequence[HeldProvision]) -> None:
    try:
        check_versions(h.provision for h in held)
    except RulesConflict as error:
        raise source.error("provisions", f"{held[-1].at}: {error}") from None
