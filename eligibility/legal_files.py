"""Reads the legal documents under ``fixtures/rules/``: every figure exactly as written.

One file holds one document: its clauses, the rule versions that carry it out, and the routes of
other documents that it ends. ``papers.yaml`` is the register of papers, ``routes.yaml`` the order
of the rule table, ``data_gaps.yaml`` what no condition can compute. A mistake is reported with
file, line and remedy, and nothing is returned.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import yaml

from eligibility.core.errors import RuleMalformed, Said
from eligibility.core.rule import PROVENANCES, RuleVersion, read_rule

PAPERS, ROUTES, GAPS = "papers.yaml", "routes.yaml", "data_gaps.yaml"
_NO_DOCUMENTS = (PAPERS, ROUTES, GAPS)
LEVELS = ("national", "province", "city", "county")  # the highest first
_DOCUMENT_KEYS = {
    "slug",
    "title",
    "number",
    "issuer",
    "issued_on",
    "effective_from",
    "provenance",
    "level",
    "note",
}
_RULE_KEYS = {
    "code",
    "version",
    "kind",
    "name",
    "areas",
    "effective_from",
    "effective_to",
    "clause",
    "provenance",
    "registers",
    "clauses",
    "parameters",
    "condition",
    "summary",
}
_EXAMPLE_KEYS = {"name", "relies_on", "as_of", "facts", "expect"}
_TOP_KEYS = {"document", "clauses", "rules", "ends"}


_UNFIT = re.compile("[\x00\ud800-\udfff]")  # NUL and halves of characters


class LegalFileError(ValueError):
    """A file cannot be read: where, what is wrong, and what to do."""

    def __init__(self, path: Path, line: int, text: str | Said, /, **params: Any):
        """Keep the place apart, so that an editor can jump to it."""
        self.path, self.line = path, line
        self.said = text if isinstance(text, Said) else Said(text, params)
        super().__init__(f"{path.name}:{line}: {self.said}")

    @property
    def message(self) -> str:
        """Return what is wrong, in English."""
        return str(self.said)


@dataclass(frozen=True, kw_only=True)
class Ending:
    """A document's word that a route is over: its first day without the rule, and why."""

    code: str
    on: date
    clause: str
    reason: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class LegalFile:
    """One document as its file gives it; ``records`` are what ``read_rule`` reads."""

    path: Path
    document: Mapping[str, Any]
    clauses: Mapping[str, str]
    records: tuple[Mapping[str, Any], ...]
    rules: tuple[RuleVersion, ...]
    endings: tuple[Ending, ...]


@dataclass(frozen=True)
class Source:
    """Plain data, and the line on which each path begins."""

    path: Path
    data: Any
    lines: Mapping[str, int]

    def error(self, at: str, text: str | Said, /, **params: Any) -> LegalFileError:
        """Return an error at the nearest line that is known for ``at``."""
        place = at
        while place and place not in self.lines:
            place = place[: max(place.rfind("."), place.rfind("["), 0)]
        return LegalFileError(self.path, self.lines.get(place, 1), text, **params)


class _Loader(yaml.SafeLoader):
    """Safe YAML in which decimals and days stay as they are written, and nothing is repeated."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        """Refuse an alias: a few lines of them can stand for gigabytes."""
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark
            raise yaml.MarkedYAMLError(
                problem="`*` repeats another part; write it out", problem_mark=mark
            )
        return super().compose_node(parent, index)


_Loader.yaml_implicit_resolvers = {
    first: [pair for pair in pairs if not pair[0].endswith((":float", ":timestamp"))]
    for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _parse(path: Path) -> Source:
    """Read one file, remembering the line of every value; a key given twice is a mistake."""
    try:
        return parse_bytes(path, path.read_bytes())
    except OSError as error:
        raise LegalFileError(path, 1, "cannot be read: %(why)s", why=error.strerror) from None


def parse_bytes(path: Path, content: bytes) -> Source:
    """Read the content of a file that may have come from elsewhere, as every file is read."""
    lines: dict[str, int] = {}
    try:
        loader = _Loader(content.decode("utf-8"))
        return Source(path, _build(path, loader, loader.get_single_node(), "", lines), lines)
    except RecursionError:
        raise LegalFileError(path, 1, "nested too deeply to be read; flatten it") from None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise LegalFileError(
            path, line, "not UTF-8: %(why)s; save it as UTF-8", why=error.reason
        ) from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise LegalFileError(
            path, line, "not readable as YAML: %(why)s", why=error.problem
        ) from None
    except yaml.YAMLError as error:
        raise LegalFileError(path, 1, "not readable as YAML: %(why)s", why=error) from None


def _build(
    path: Path, loader: _Loader, node: yaml.Node | None, at: str, lines: dict[str, int]
) -> Any:
    if node is None:
        return None
    lines[at] = node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key, line = str(key_node.value), key_node.start_mark.line + 1
            if key in found:
                raise LegalFileError(path, line, "`%(key)s` is given twice; keep one", key=key)
            place = f"{at}.{key}" if at else key
            found[key] = _build(path, loader, value_node, place, lines)
            lines[place] = line
        return found
    if isinstance(node, yaml.SequenceNode):
        return [
            _build(path, loader, part, f"{at}[{i}]", lines) for i, part in enumerate(node.value)
        ]
    return _scalar(path, loader.construct_object(node), node.start_mark.line + 1)


def _scalar(path: Path, value: Any, line: int) -> Any:
    """Return a single value, if it is one that JSON and every database can hold."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, str) and not _UNFIT.search(value):
        return value
    raise LegalFileError(path, line, "only text, whole numbers, true and false are read here")


def _mapping(source: Source, value: Any, at: str, allowed: set[str]) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise source.error(
            at, "`%(place)s` must hold names and values", place=at or Said("the file")
        )
    extra = sorted(set(value) - allowed)
    if extra:
        place = f"{at}.{extra[0]}" if at else extra[0]
        raise source.error(
            place,
            "`%(key)s` is not known here; use one of %(choices)s",
            key=extra[0],
            choices=", ".join(sorted(allowed)),
        )
    return value


def _names(source: Source, value: Any, at: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise source.error(at, "`%(place)s` must hold names and values", place=at)
    return value


def _list(source: Source, value: Any, at: str) -> list[Any]:
    if not isinstance(value, list):
        raise source.error(at, "`%(place)s` must be a list", place=at)
    return value


def _required(source: Source, raw: Mapping[str, Any], key: str, at: str) -> Any:
    if key not in raw:
        raise source.error(at, "`%(key)s` is missing; add it", key=key)
    return raw[key]


def _both(source: Source, raw: Any, at: str) -> Mapping[str, str]:
    match raw:
        case {"zh": str(zh), "en": str(en)} if zh and en:
            return {"zh": zh.strip(), "en": en.strip()}
    raise source.error(at, "`%(key)s` needs a text in zh and in en", key=at)


def _day(source: Source, raw: Any, at: str) -> date:
    try:
        return date.fromisoformat(str(raw))
    except ValueError:
        raise source.error(
            at, "%(value)r is not a day; write it like 2018-05-01", value=raw
        ) from None


def read_document(
    source: Source, raw: Any, at: str = "document", extra: frozenset[str] = frozenset()
) -> dict[str, Any]:
    """Return one document as ``keep_document`` takes it; ``extra`` names what may stand beside."""
    raw = _mapping(source, raw, at, _DOCUMENT_KEYS | extra)
    slug = raw.get("slug")
    if not isinstance(slug, str) or not slug:
        raise source.error(at, "the document has no `slug`; give it a short name")
    if raw.get("provenance") not in PROVENANCES:
        raise source.error(
            f"{at}.provenance",
            "`%(key)s` must be one of %(choices)s",
            key="provenance",
            choices=", ".join(PROVENANCES),
        )
    if raw.get("level", "") not in ("", *LEVELS):
        raise source.error(
            f"{at}.level",
            "`%(key)s` must be one of %(choices)s",
            key="level",
            choices=", ".join(LEVELS),
        )
    note = raw.get("note")
    issued = raw.get("issued_on")
    begins = raw.get("effective_from")
    return {
        "slug": slug,
        "title": _both(source, raw.get("title"), f"{at}.title"),
        "number": str(raw.get("number") or ""),
        "issuer": _both(source, raw.get("issuer"), f"{at}.issuer"),
        "issued_on": issued and _day(source, issued, f"{at}.issued_on"),
        "effective_from": begins and _day(source, begins, f"{at}.effective_from"),
        "provenance": raw["provenance"],
        "level": raw.get("level", ""),
        "note": _both(source, note, f"{at}.note") if note else {},
    }


def _clauses(source: Source, top: Mapping[str, Any]) -> dict[str, str]:
    """Return article -> words, from the top of the file and from above each condition."""
    found: dict[str, str] = {}
    places = [("clauses", top.get("clauses") or {})]
    places += [
        (f"rules[{i}].clauses", raw.get("clauses") or {})
        for i, raw in enumerate(top.get("rules") or [])
        if isinstance(raw, dict)
    ]
    for at, clauses in places:
        if not isinstance(clauses, dict):
            raise source.error(at, "`clauses` must hold articles and their words")
        for article, raw in clauses.items():
            text = raw.get("text") if isinstance(raw, dict) else raw
            if not isinstance(text, str) or not text.strip():
                raise source.error(
                    f"{at}.{article}",
                    "the words of %(article)s are missing; add them",
                    article=article,
                )
            if found.setdefault(article, text.strip()) != text.strip():
                raise source.error(
                    f"{at}.{article}",
                    "%(article)s is quoted twice with different words",
                    article=article,
                )
    return found


def _register(folder: Path) -> tuple[Source, dict[str, Any]]:
    source = _parse(folder / PAPERS)
    top = _mapping(source, source.data, "", {"papers"})
    papers = {}
    for code, raw in _names(source, _required(source, top, "papers", ""), "papers").items():
        at = f"papers.{code}"
        keys = {"name", "alternatives", "only_when", "always"}
        raw = _mapping(source, raw, at, keys)
        paper = {"name": _both(source, raw.get("name"), f"{at}.name")}
        alternatives = raw.get("alternatives") or []
        if alternatives:
            paper["alternatives"] = [
                _both(source, each, f"{at}.alternatives[{i}]")
                for i, each in enumerate(alternatives)
            ]
        paper |= {key: raw[key] for key in ("only_when", "always") if raw.get(key)}
        papers[code] = paper
    return source, papers


def read_order(folder: Path) -> tuple[str, ...]:
    """Return the routes in the order of the rule table."""
    source = _parse(folder / ROUTES)
    order = _required(source, _mapping(source, source.data, "", {"order"}), "order", "")
    return tuple(str(code) for code in _list(source, order, "order"))


def read_folder(folder: Path) -> tuple[LegalFile, ...]:
    """Read every document of ``folder``; raises LegalFileError for the first mistake.

    The documents come in the order of their first day, so that publishing them one after the
    other repeats history.
    """
    return read_files(sorted(folder.glob("*.yaml")), folder)


def read_files(paths: Iterable[Path], folder: Path) -> tuple[LegalFile, ...]:
    """Read some documents; clauses of the folder's other documents may be cited."""
    _, papers = _register(folder)
    wanted = [path.resolve() for path in paths if path.name not in _NO_DOCUMENTS]
    others = {path.resolve() for path in folder.glob("*.yaml")}
    cited = {path for path in others if path.name not in _NO_DOCUMENTS}
    sources = {path: _parse(path) for path in dict.fromkeys([*wanted, *sorted(cited)])}
    documents = {}
    for path, source in sources.items():
        top = _mapping(source, source.data, "", _TOP_KEYS)
        for key in ("rules", "ends"):
            _list(source, top.get(key) or [], key)
        document = read_document(source, top.get("document"))
        if document["slug"] in documents:
            raise source.error(
                "document.slug", "%(slug)s is the slug of another file", slug=document["slug"]
            )
        documents[document["slug"]] = (path, document, _clauses(source, top))
    files = [
        _read_one(sources[path], document, clauses, documents, papers)
        for path, document, clauses in documents.values()
        if path in wanted
    ]
    _check_periods(files, sources)
    return tuple(sorted(files, key=lambda f: (f.document["effective_from"] or date.min, f.path)))


def _read_one(
    source: Source,
    document: Mapping[str, Any],
    clauses: Mapping[str, str],
    documents: Mapping[str, Any],
    papers: Mapping[str, Any],
) -> LegalFile:
    top = source.data
    records, rules = [], []
    for i, raw in enumerate(top.get("rules") or []):
        at = f"rules[{i}]"
        raw = _mapping(source, raw, at, _RULE_KEYS)
        _names(source, raw.get("parameters") or {}, f"{at}.parameters")
        try:
            record = full_record(raw, document, clauses, documents, papers)
            rule = read_rule(record)
        except RuleMalformed as error:
            place = error.at.replace("rule", at, 1)
            raise source.error(place, "%(place)s: %(why)s", place=place, why=error.said) from None
        except KeyError as error:
            raise source.error(
                at, "%(place)s: %(key)s is missing; add it", place=at, key=error.args[0]
            ) from None
        records.append(record)
        rules.append(rule)
    endings = tuple(
        _ending(source, raw, f"ends[{i}]", clauses) for i, raw in enumerate(top.get("ends") or [])
    )
    return LegalFile(
        path=source.path,
        document=document,
        clauses=clauses,
        records=tuple(records),
        rules=tuple(rules),
        endings=endings,
    )


def _ending(source: Source, raw: Any, at: str, clauses: Mapping[str, str]) -> Ending:
    raw = _mapping(source, raw, at, {"code", "from", "clause", "reason"})
    clause = _required(source, raw, "clause", at)
    if clause not in clauses:
        raise source.error(
            f"{at}.clause",
            "no clause %(clause)r is quoted; add its words under `clauses:`",
            clause=clause,
        )
    return Ending(
        code=str(_required(source, raw, "code", at)),
        on=_day(source, _required(source, raw, "from", at), f"{at}.from"),
        clause=clause,
        reason=_both(source, raw.get("reason"), f"{at}.reason"),
    )


def full_record(
    raw: Mapping[str, Any],
    document: Mapping[str, Any],
    clauses: Mapping[str, str],
    documents: Mapping[str, Any],
    papers: Mapping[str, Any],
) -> dict[str, Any]:
    """Return the full record of a rule: everything that an answer will need, cited words too."""
    parameters = {
        name: dict(p) if isinstance(p, dict) else p
        for name, p in (raw.get("parameters") or {}).items()
    }
    condition = raw.get("condition")
    clause = raw.get("clause")
    references = {
        clause,
        *_cited(parameters),
        *_cited(condition),
    }
    citations = {}
    for reference in sorted(ref for ref in references if isinstance(ref, str)):
        slug, _, article = reference.rpartition("#")
        _, found, words = documents.get(slug or document["slug"], (None, document, {}))
        if article in words:
            citations[reference] = {
                "slug": found["slug"],
                "document": found["title"],
                "number": found["number"],
                "article": article,
                "text": words[article],
                "provenance": found["provenance"],
            }
    used = {code for code, paper in papers.items() if paper.get("always")}
    used |= set(_named_papers(condition))
    return {
        "code": raw.get("code"),
        "version": raw.get("version"),
        "kind": raw.get("kind", "route"),
        "name": raw.get("name"),
        "summary": raw.get("summary"),
        "areas": raw.get("areas"),
        "effective_from": raw.get("effective_from"),
        "effective_to": raw.get("effective_to"),
        "document": document["slug"],
        "clause": clause,
        "provenance": raw.get("provenance", document["provenance"]),
        "registers": raw.get("registers"),
        "parameters": parameters,
        "condition": condition,
        "citations": citations,
        "papers": {code: papers[code] for code in sorted(used) if code in papers},
    }


def _cited(node: Any) -> Iterator[Any]:
    yield from _collect(node, "clause")


def _named_papers(node: Any) -> Iterator[str]:
    for papers in _collect(node, "papers"):
        if isinstance(papers, list):
            yield from (code for code in papers if isinstance(code, str))


def _collect(node: Any, key: str) -> Iterator[Any]:
    if isinstance(node, dict):
        if key in node:
            yield node[key]
        for value in node.values():
            yield from _collect(value, key)
    elif isinstance(node, list):
        for value in node:
            yield from _collect(value, key)


def _check_periods(files: list[LegalFile], sources: Mapping[Path, Source]) -> None:
    """Refuse overlapping versions and days between two versions that have no rule."""
    lines: dict[tuple[str, str], list[tuple[RuleVersion, LegalFile, int]]] = {}
    for file in files:
        for number, rule in enumerate(file.rules):
            for area in rule.areas:
                lines.setdefault((rule.code, area), []).append((rule, file, number))
    for (code, area), line in lines.items():
        line.sort(key=lambda entry: entry[0].effective_from)
        for (rule, _, _), (following, file, number) in pairwise(line):
            source, at = sources[file.path], f"rules[{number}].effective_from"
            last = rule.effective_to
            if rule.effective_from == following.effective_from or (
                last is not None and last >= following.effective_from
            ):
                raise source.error(
                    at,
                    "%(label)s overlaps %(other)s in %(area)s from %(first)s; begin it after the "
                    "last day of the other",
                    label=following.label,
                    other=rule.label,
                    area=area,
                    first=following.effective_from,
                )
            if last is not None and last + timedelta(days=1) < following.effective_from:
                raise source.error(
                    at,
                    "no version of %(code)s is in force in %(area)s from %(first)s to the day "
                    "before %(next)s; close the gap",
                    code=code,
                    area=area,
                    first=last + timedelta(days=1),
                    next=following.effective_from,
                )


def read_overrides(path: Path) -> dict[tuple[str, str], dict[str, str]]:
    """Return the approver's written reasons: (rule@version, breach) -> reason in two languages."""
    source = _parse(path)
    if not isinstance(source.data, list):
        raise source.error("", "expected a list of `rule`, `breach` and `reason`")
    found = {}
    for i, raw in enumerate(source.data):
        entry = _mapping(source, raw, f"[{i}]", {"rule", "breach", "reason"})
        reason = _both(source, entry.get("reason"), f"[{i}].reason")
        rule, breach = (_required(source, entry, key, f"[{i}]") for key in ("rule", "breach"))
        found[str(rule), str(breach)] = dict(reason)
    return found


def read_examples(folder: Path) -> tuple[dict[str, Any], ...]:
    """Return the worked examples of every file: days as text, ``at`` says file and line.

    Raises LegalFileError for the first that is not written as the others are.
    """
    found = []
    for path in sorted(folder.glob("*.yaml")):
        source = _parse(path)
        for i, raw in enumerate(_list(source, source.data, "the file")):
            at = f"[{i}]"
            entry = _mapping(source, raw, at, _EXAMPLE_KEYS)
            for key in ("name", "as_of", "facts", "expect"):
                _required(source, entry, key, at)
            for key in ("facts", "expect"):
                _names(source, entry[key], f"{at}.{key}")
            entry["as_of"] = _day(source, entry["as_of"], f"{at}.as_of").isoformat()
            entry["at"] = f"{path.name}:{source.lines[at]}"
            found.append({"relies_on": None, **entry})
    return tuple(found)


def read_gaps(folder: Path) -> tuple[dict[str, Any], ...]:
    """Return what the law asks and the portal cannot compute, one entry a judgement leaf."""
    source = _parse(folder / GAPS)
    found = []
    for i, raw in enumerate(_list(source, source.data, "the file")):
        at = f"[{i}]"
        entry = _mapping(source, raw, at, {"leaf", "asks", "why", "question"})
        gap: dict[str, Any] = {"leaf": str(_required(source, entry, "leaf", at))}
        for key in ("asks", "why", "question"):
            gap[key] = _both(source, entry.get(key), f"{at}.{key}")
        found.append(gap)
    return tuple(found)
