"""The public JSON API, /api/v1: thin over the services, strict about what it reads."""

import json
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from functools import wraps
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils import timezone, translation
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from ninja import NinjaAPI

from eligibility import answers, api_schema, problems, rule_pages, selectors
from eligibility.core.errors import FactsRefused
from eligibility.core.stated import read_as_of
from eligibility.services import checks
from eligibility.strict_json import BrokenJson, loads
from jiaxing_hukou.errors import problem
from jiaxing_hukou.rate_limits import count_request, limited

BODY_LIMIT = 256_000  # bytes
BATCH_LIMIT = 32_000_000
MAX_CASES = 10_000


class _Api(NinjaAPI):
    """Ninja's routing, with our own schemas and with problem objects for every error."""

    schemas = dict(api_schema.SCHEMAS)  # modules that add operations add theirs

    def get_openapi_schema(self, **options: Any) -> dict[str, Any]:
        """Return the description; its schemas are made from the fact dictionary."""
        schema = super().get_openapi_schema(**options)
        schema["components"]["schemas"] |= self.schemas
        for operations in schema["paths"].values():
            for operation in operations.values():
                answers_of = operation["responses"]
                if answers_of.get(200) == {"description": "OK"}:  # ninja's own, never given
                    del answers_of[200]
        return schema

    @property
    def urls(self) -> tuple[list[Any], str, str]:
        """Return the addresses; each reads HEAD as GET, and has a problem for other methods."""
        patterns, app, namespace = super().urls
        for pattern in patterns:
            pattern.callback = _with_problem(pattern.callback)
        return patterns, app, namespace


def _with_problem(view: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(view)
    def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        asked = request.method
        if asked == "HEAD":  # the server leaves the body out
            request.method = "GET"
        try:
            response = view(request, *args, **kwargs)
        finally:
            request.method = asked
        if response.status_code != 405:
            return response
        refused = problem_answer(problems.method_problem(response["Allow"]))
        refused["Allow"] = response["Allow"]
        return refused

    return answered


api = _Api(
    title="Jiaxing hukou eligibility",
    version="1",
    description=api_schema.DESCRIPTION,
    urls_namespace="api",
    docs_decorator=limited("api"),
)


class _TooLarge(Exception):
    """A body over the limit, which was not read."""

    def __init__(self, limit: int):
        self.limit = limit


class _NotJson(Exception):
    """A body that calls itself something else, which was not read."""


def _is_json(content_type: str) -> bool:
    """Whether a body of this type is read; one that does not say is taken for JSON.

    A form or plain text that another site makes a browser send never passes for JSON.
    """
    kind = content_type.lower()
    return kind in ("", "application/json") or (
        kind.startswith("application/") and kind.endswith("+json")
    )


def read_body(request: HttpRequest, limit: int) -> Any:
    """Return the request's JSON; what is too long, or no JSON, is refused before it is read."""
    if not _is_json(request.content_type or ""):
        raise _NotJson
    declared = request.META.get("CONTENT_LENGTH") or "0"
    if declared.isdecimal() and int(declared) > limit:
        raise _TooLarge(limit)
    raw = request.read(limit + 1)  # a batch is larger than request.body would allow
    if len(raw) > limit:
        raise _TooLarge(limit)
    return loads(raw)


def _written(content: Any) -> bytes:
    """Return JSON in UTF-8; half a character that somebody sent as an id goes back escaped."""
    try:
        return orjson.dumps(content)
    except orjson.JSONEncodeError:
        return json.dumps(content, separators=(",", ":")).encode()


def json_answer(content: Any, status: int = 200) -> HttpResponse:
    """Return JSON that nobody keeps."""
    response = HttpResponse(_written(content), status=status, content_type="application/json")
    response["Cache-Control"] = "no-store"
    return response


def problem_answer(content: dict[str, Any]) -> HttpResponse:
    """Return a problem object under its own status and type."""
    response = json_answer(content, content["status"])
    response["Content-Type"] = "application/problem+json"
    return response


@api.exception_handler(FactsRefused)
def _refused(request: HttpRequest, error: FactsRefused) -> HttpResponse:
    return problem_answer(problems.facts_problem(answers.refusals(error.errors)))


@api.exception_handler(BrokenJson)
def _broken(request: HttpRequest, error: BrokenJson) -> HttpResponse:
    return problem_answer(problems.json_problem(error))


@api.exception_handler(_NotJson)
def _not_json(request: HttpRequest, error: Exception) -> HttpResponse:
    response = problem_answer(problems.media_type_problem())
    response["Accept-Post"] = "application/json"
    return response


@api.exception_handler(_TooLarge)
def _too_large(request: HttpRequest, error: _TooLarge) -> HttpResponse:
    return problem_answer(problems.too_large_problem(error.limit))


@api.exception_handler(checks.ReceiptUnknown)
def _unknown_receipt(request: HttpRequest, error: Exception) -> HttpResponse:
    return problem_answer(problems.receipt_problem(404))


@api.exception_handler(checks.ReceiptDeleted)
def _deleted_receipt(request: HttpRequest, error: Exception) -> HttpResponse:
    return problem_answer(problems.receipt_problem(410))


@api.exception_handler(checks.WrongDeletionKey)
def _wrong_key(request: HttpRequest, error: Exception) -> HttpResponse:
    return problem_answer(problems.receipt_problem(403))


@api.exception_handler(selectors.NoRules)
def _no_rules(request: HttpRequest, error: Exception) -> HttpResponse:
    return problem(503)


@api.post("/eligibility/check", **api_schema.CHECK)
def check(request: HttpRequest) -> HttpResponse:
    """Check whether, where, since when and under which article somebody can register."""
    count_request(request, "api")
    checked = checks.check_body(read_body(request, BODY_LIMIT), timezone.localdate())
    return json_answer(answers.check_answer(checked))


@api.post("/eligibility/compare", **api_schema.COMPARE)
def compare(request: HttpRequest) -> HttpResponse:
    """Compare the five counties and the two urban districts from one set of facts."""
    count_request(request, "api")
    today = timezone.localdate()
    facts = checks.read_body(read_body(request, BODY_LIMIT), today, without_target=True)
    return json_answer(answers.compare_answer(checks.compare_areas(facts, today)))


@api.post("/eligibility/batch", **api_schema.BATCH)
def batch(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    """Check up to 10,000 cases; one line of JSON a case, a bad case does not stop the rest."""
    count_request(request, "batch")
    body = read_body(request, BATCH_LIMIT)
    today = timezone.localdate()
    as_of, cases = checks.read_batch(body, MAX_CASES)
    found = checks.check_cases(cases, as_of, today)
    response = StreamingHttpResponse(
        _lines(found, get_language() or "zh-hans"), content_type="application/x-ndjson"
    )
    response["Cache-Control"] = "no-store"
    return response


def _lines(found: Iterable[tuple[Any, Any]], language: str) -> Iterator[bytes]:
    for name, outcome in found:
        with translation.override(language):
            if isinstance(outcome, FactsRefused):
                line = {"id": name, "errors": answers.refusals(outcome.errors)}
            else:
                line = answers.case_answer(name, outcome)
        yield _written(line) + b"\n"


@api.post("/eligibility/receipts", **api_schema.KEEP)
def keep(request: HttpRequest) -> HttpResponse:
    """Check, and keep the answer: the reference opens it, the key deletes it."""
    count_request(request, "receipts")
    checked = checks.check_body(read_body(request, BODY_LIMIT), timezone.localdate())
    answer = answers.check_answer(checked)
    kept = checks.keep_receipt(
        checked,
        json.dumps(answer, ensure_ascii=False),
        language=get_language() or "zh-hans",
        now=timezone.now(),
    )
    secrets = {"reference": kept.reference, "deletion_key": kept.deletion_key}
    return json_answer(answer | secrets, 201)


@api.get("/receipts/{reference}", **api_schema.RECEIPT)
def receipt(request: HttpRequest, reference: str) -> HttpResponse:
    """Return a kept answer as it was given."""
    count_request(request, "receipts")
    return json_answer(json.loads(checks.find_receipt(reference).result))


@api.post("/receipts/{reference}/replay", **api_schema.REPLAY)
def replay(request: HttpRequest, reference: str) -> HttpResponse:
    """Judge a kept answer anew by the versions of its day; `identical` says that it holds."""
    count_request(request, "receipts")
    kept = checks.find_receipt(reference)
    return json_answer(json.loads(kept.result) | {"identical": checks.is_identical(kept)})


@api.delete("/receipts/{reference}", **api_schema.DELETE)
def delete(request: HttpRequest, reference: str) -> HttpResponse:
    """Delete a kept answer with its deletion key, in the body or in the header X-Deletion-Key."""
    count_request(request, "receipts")
    key = request.headers.get("X-Deletion-Key")
    if key is None:
        body = read_body(request, BODY_LIMIT) if request.META.get("CONTENT_LENGTH") else {}
        key = body.get("deletion_key") if isinstance(body, dict) else None
    checks.delete_receipt(reference, key if isinstance(key, str) else "", now=timezone.now())
    response = HttpResponse(status=204)
    del response["Content-Type"]  # of no body
    return response


@api.get("/rules", **api_schema.RULES)
def rules(request: HttpRequest) -> HttpResponse:
    """List the routes with their versions; with `as_of` only what is in force on that day."""
    count_request(request, "api")
    ruleset = selectors.published_ruleset()
    return json_answer(rule_pages.rules_answer(ruleset, _asked_day(request), timezone.localdate()))


def _asked_day(request: HttpRequest) -> date | None:
    raw = request.GET.get("as_of")
    return read_as_of(raw) if raw else None


@api.get("/rules/{code}", **api_schema.RULE)
def rule(request: HttpRequest, code: str) -> HttpResponse:
    """Return one route with every version: words, condition, figures, papers, days in force."""
    count_request(request, "api")
    ruleset = selectors.published_ruleset()
    versions = rule_pages.find_versions(ruleset, code)
    if not versions:
        return problem(404, detail=_("There is no rule with this code; see /api/v1/rules."))
    return json_answer(rule_pages.rule_answer(ruleset, versions))


@api.get("/rules/{code}/diff", **api_schema.DIFF)
def diff(request: HttpRequest, code: str) -> HttpResponse:
    """Return what changed between two versions of a route, leaf by leaf and in words."""
    count_request(request, "api")
    versions = [request.GET.get(name, "") for name in ("from", "to")]
    found = [rule_pages.stored_rule(code, version) for version in versions]
    if found[0] is None or found[1] is None:
        detail = _("Name two published versions of the rule: ?from=2018&to=2020.")
        return problem(404, detail=detail)
    return json_answer(rule_pages.diff_answer(found[0], found[1]))


@api.get("/facts", **api_schema.FACTS)
def facts(request: HttpRequest) -> HttpResponse:
    """Return the fact dictionary with its questions in both languages."""
    count_request(request, "api")
    return json_answer(answers.facts_answer())


@api.get("/areas", **api_schema.AREAS)
def areas(request: HttpRequest) -> HttpResponse:
    """Return the townships of Jiaxing with their area class."""
    count_request(request, "api")
    return json_answer(answers.areas_answer())
