"""A draft's record as a whole: what it cites, the papers and figures that it uses, no others."""

import copy
from collections.abc import Iterator, Mapping
from typing import Any

from eligibility.core.editing import GROUPS
from eligibility.core.errors import RuleMalformed
from eligibility.models import Clause, RuleVersion


def full_reference(record: Mapping[str, Any], clause: str) -> str:
    """Return a clause of a record as ``slug#article``, wherever it is from."""
    return clause if "#" in clause else f"{record['document']}#{clause}"


def with_full_references(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return a copy in which every clause is written as ``slug#article``."""
    found = copy.deepcopy(dict(record))
    for _, holder in _citing(found):
        holder["clause"] = full_reference(record, holder["clause"])
    return found


def assembled(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return a record with the citations, papers and figures that it uses, and no others.

    Clauses may be written as ``slug#article``; those of the record's own document lose the slug.
    Raises RuleMalformed for a clause or a paper that is not kept.
    """
    found = copy.deepcopy(dict(record))
    own = found["document"]
    before = {raw["article"]: raw["slug"] for raw in record.get("citations", {}).values()}
    for at, holder in _citing(found):
        clause = holder.get("clause")
        if not isinstance(clause, str) or not clause:
            raise RuleMalformed(at, "the citation is missing; pick a clause of the document")
        if "#" not in clause and before.get(clause, own) != own and not _kept(own, clause):
            clause = f"{before[clause]}#{clause}"  # the document was changed under its clauses
        slug, _, article = clause.rpartition("#")
        holder["clause"] = article if slug in ("", own) else clause
    found["citations"] = _citations(found)
    found["papers"] = _papers(found)
    figures = set(_figures(found["condition"]))
    found["parameters"] = {
        name: figure for name, figure in found["parameters"].items() if name in figures
    }
    return found


def leaf_id(line: Mapping[str, Any]) -> str:
    """Return the id of a leaf, computed or judged."""
    return str(line.get("id") or line.get("judgement"))


def _kept(slug: str, article: str) -> bool:
    return Clause.objects.filter(document__slug=slug, article=article).exists()


def _citing(record: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield everything in a record that cites a clause, with its path."""
    yield "rule", record
    for name, figure in record["parameters"].items():
        yield f"rule.parameters.{name}", figure
    yield from placed_lines(record["condition"], "rule.condition")


def lines(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the leaves of a condition."""
    for _, line in placed_lines(node, "condition"):
        yield line


def placed_lines(node: dict[str, Any], at: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the leaves of a condition, each with its path."""
    if "not" in node:
        yield from placed_lines(node["not"], f"{at}.not")
        return
    for kind in GROUPS:
        if kind in node:
            for number, child in enumerate(node[kind]):
                yield from placed_lines(child, f"{at}.{kind}[{number}]")
            return
    yield at, node


def _citations(record: dict[str, Any]) -> dict[str, Any]:
    wanted: dict[str, str] = {}  # reference -> the first place that cites it
    for at, holder in _citing(record):
        wanted.setdefault(holder["clause"], at)
    full = {reference: full_reference(record, reference) for reference in wanted}
    slugs = {reference.partition("#")[0] for reference in full.values()}
    rows = {
        f"{row.document.slug}#{row.article}": row
        for row in Clause.objects.filter(document__slug__in=slugs).select_related("document")
    }
    citations = {}
    for reference in sorted(wanted):
        row = rows.get(full[reference])
        if row is None:
            raise RuleMalformed(
                f"{wanted[reference]}.clause",
                "no clause %(clause)r is kept; pick one of the document",
                clause=full[reference],
            )
        citations[reference] = {
            "slug": row.document.slug,
            "document": {"zh": row.document.title_zh, "en": row.document.title_en},
            "number": row.document.number,
            "article": row.article,
            "text": row.text,
            "provenance": row.document.provenance,
        }
    return citations


def _papers(record: dict[str, Any]) -> dict[str, Any]:
    register = paper_register() | record.get("papers", {})
    used = {code for code, paper in register.items() if paper.get("always")}
    for line in lines(record["condition"]):
        used.update(code for code in line.get("papers") or () if isinstance(code, str))
    return {code: register[code] for code in sorted(used) if code in register}


def _figures(node: dict[str, Any]) -> Iterator[str]:
    for line in lines(node):
        yield from (v[1:] for v in line.values() if isinstance(v, str) and v.startswith("$"))


def paper_register() -> dict[str, Any]:
    """Return the papers that a line may name: those of every version that is kept."""
    found: dict[str, Any] = {}
    kept = RuleVersion.objects.order_by("effective_from", "pk")
    for papers in kept.values_list("record__papers", flat=True):
        found |= papers
    return dict(sorted(found.items()))
