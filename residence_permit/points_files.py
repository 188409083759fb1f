"""Reads ``fixtures/points/``: points schemes as records, each with the document it rests on."""

from pathlib import Path

from eligibility.core.errors import RuleMalformed
from eligibility.legal_files import LegalFileError, parse_bytes, read_document
from residence_permit.core.points_scheme import Scheme, read_scheme


def read_schemes(folder: Path) -> tuple[Scheme, ...]:
    """Read every scheme of ``folder``; raises LegalFileError for the first mistake."""
    return tuple(scheme for path in sorted(folder.glob("*.yaml")) for scheme in _read(path))


def _read(path: Path) -> list[Scheme]:
    source = parse_bytes(path, path.read_bytes())
    top = source.data
    if not isinstance(top, dict) or set(top) != {"document", "clauses", "schemes"}:
        raise LegalFileError(path, 1, "a file holds `document`, `clauses` and `schemes`")
    document = read_document(source, top["document"])
    citations = {
        article: {
            "slug": document["slug"],
            "document": document["title"],
            "number": document["number"],
            "article": article,
            "text": text,
            "provenance": document["provenance"],
        }
        for article, text in top["clauses"].items()
    }
    found = []
    for number, raw in enumerate(top["schemes"]):
        at = f"schemes[{number}]"
        try:
            whole = raw | {"citations": citations, "provenance": document["provenance"]}
            found.append(read_scheme(whole))
        except RuleMalformed as error:
            place = error.at.replace("scheme", at, 1)
            raise source.error(place, f"{place}: {error.message}") from None
    return found
