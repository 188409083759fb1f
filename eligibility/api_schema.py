"""The OpenAPI 3.1 description of the API, made from the fact dictionary."""

from typing import Any

from eligibility.core.facts import (
    AREA_CLASSES,
    MAX_AMOUNT,
    MAX_HOUSEHOLD,
    MAX_MONTHS,
    MEMBER_FACTS,
    Fact,
    Kind,
)
from eligibility.core.facts import (
    FACTS as FACT_DICTIONARY,
)
from eligibility.core.verdict import WIRE, Overall

DESCRIPTION = (
    "Whether, where, since when and under which article a household can be registered in Jiaxing. "
    "Every fact is optional: what is absent or null is unknown, and unknown is never no. "
    "No log-in; requests are limited per client. Texts follow the Accept-Language header "
    "(Chinese, or English)."
)

_DATE = {"type": "string", "format": "date", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}


def _nullable(schema: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [schema, {"type": "null"}]}


def _fact_schema(fact: Fact) -> dict[str, Any]:
    schema: dict[str, Any]
    match fact.kind:
        case Kind.BOOL:
            schema = {"type": "boolean"}
        case Kind.INT:
            schema = {
                "type": "integer",
                "minimum": 0,
                "maximum": MAX_MONTHS if fact.maximum is None else fact.maximum,
            }
        case Kind.DECIMAL:
            number = {"type": "number", "minimum": 0, "maximum": int(MAX_AMOUNT)}
            text = {"type": "string", "pattern": r"^[0-9]{1,15}(\.[0-9]{1,16})?$"}
            schema = {"oneOf": [number, text]}
        case Kind.DATE:
            schema = dict(_DATE)
        case Kind.TOWNSHIP:
            schema = {"type": "string", "pattern": "^[0-9]{9}$"}
        case Kind.CHOICE:
            schema = {"type": "string", "enum": list(fact.values)}
    if fact.question_en:
        schema["description"] = fact.question_en
    return _nullable(schema)


def _object(properties: dict[str, Any], required: tuple[str, ...] = ()) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }


def _whole(properties: dict[str, Any]) -> dict[str, Any]:
    """Return an object that has all of these, and nothing else."""
    return _object(properties, tuple(properties))


def _list_of(schema: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": schema}


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


_TEXT = {"type": "string"}
_MAYBE_DATE = _nullable(_DATE)
_VERDICT = {"type": "string", "enum": list(WIRE.values())}
_OVERALL = {"type": "string", "enum": [verdict.value for verdict in Overall]}
_OPEN = {"type": "object", "additionalProperties": True}

_AREA = {"type": "string", "enum": list(AREA_CLASSES)}
_FACTS = {name: _fact_schema(fact) for name, fact in FACT_DICTIONARY.items()} | {
    "household": _nullable({"type": "array", "maxItems": MAX_HOUSEHOLD, "items": _ref("Member")})
}
_ANSWER: dict[str, Any] = {
    "as_of": _DATE,
    "verdict": _OVERALL,
    "area_class": _nullable(_AREA),
    "ruleset": _whole({"hash": _TEXT, "versions": {"type": "object"}}),
    "routes": _list_of(_ref("Route")),
    "family": _list_of(
        _whole(
            {
                "index": {"type": "integer"},
                "relation": _nullable(_TEXT),
                "verdict": _VERDICT,
                "reason": _TEXT,
                "papers": _list_of(_ref("Paper")),
            }
        )
    ),
    "next_facts": _list_of(_TEXT),
    "notices": _list_of(
        _object(
            {
                "code": _TEXT,
                "text": _TEXT,
                "clause": _nullable(_TEXT),
                "fields": _list_of(_TEXT),
            },
            ("code", "text"),
        )
    ),
    "earliest_date": _MAYBE_DATE,
    "next_step": _whole({"office": _TEXT, "procedure": _TEXT, "remedies": _TEXT}),
}
_VERSION = {
    "version": _TEXT,
    "provenance": _TEXT,
    "effective_from": _DATE,
    "effective_to": _MAYBE_DATE,
    "hash": _TEXT,
}

SCHEMAS: dict[str, Any] = {
    "Facts": _object(_FACTS),
    "PlacelessFacts": _object({k: v for k, v in _FACTS.items() if not k.startswith("target_")}),
    "Member": _object({name: _fact_schema(fact) for name, fact in MEMBER_FACTS.items()}),
    "CheckBody": _object({"as_of": _MAYBE_DATE, "facts": _ref("Facts")}, ("facts",)),
    "CompareBody": _object({"as_of": _MAYBE_DATE, "facts": _ref("PlacelessFacts")}, ("facts",)),
    "BatchBody": _object(
        {
            "as_of": _MAYBE_DATE,
            "cases": {
                "type": "array",
                "maxItems": 10_000,
                "items": _object(
                    {"id": {"type": ["string", "integer"]}, "facts": _ref("Facts")},
                    ("id", "facts"),
                ),
            },
        },
        ("cases",),
    ),
    "Citation": _object(
        dict.fromkeys(("document", "number", "article", "text", "provenance"), _TEXT),
        ("document", "number", "article", "text", "provenance"),
    ),
    "Gap": _object(
        {
            "amount": {"type": ["integer", "string"]},
            "unit": _TEXT,
            "grows": {"type": "boolean"},
        },
        ("amount", "unit", "grows"),
    ),
    "Explanation": {
        "type": "object",
        "properties": {
            "kind": {
                "type": "string",
                "enum": ["all", "any", "not", "leaf", "officer"],
            },
            "verdict": _VERDICT,
            "id": _TEXT,
            "text": _TEXT,
            "fact": _TEXT,
            "actual": {},
            "operator": _TEXT,
            "required": {},
            "citation": _ref("Citation"),
            "gap": _ref("Gap"),
            "children": {"type": "array", "items": _ref("Explanation")},
        },
        "required": ["kind", "verdict", "text", "citation"],
    },
    "Paper": _object(
        {
            "code": _TEXT,
            "name": _TEXT,
            "alternatives": {"type": "array", "items": _TEXT},
            "for": _TEXT,
            "clause": _TEXT,
        },
        ("code", "name", "alternatives", "for", "clause"),
    ),
    "Route": _whole(
        {
            "code": _TEXT,
            "name": _TEXT,
            "version": _TEXT,
            "provenance": _TEXT,
            "verdict": _VERDICT,
            "citation": _ref("Citation"),
            "self_only": {"type": "boolean"},
            "earliest_date": _MAYBE_DATE,
            "explanation": _ref("Explanation"),
            "unknown_facts": {"type": "array", "items": _TEXT},
            "papers": _list_of(_ref("Paper")),
        }
    ),
    "Answer": _whole(_ANSWER),
    "KeptAnswer": _whole(_ANSWER | {"reference": _TEXT, "deletion_key": _TEXT}),
    "Replay": _whole(_ANSWER | {"identical": {"type": "boolean"}}),
    "Comparison": _whole(
        {
            "as_of": _DATE,
            "areas": _list_of(
                _whole(
                    {
                        "county_code": _TEXT,
                        "county": _TEXT,
                        "area_class": _AREA,
                        "verdict": _OVERALL,
                        "best_route": _nullable(_TEXT),
                        "earliest_date": _MAYBE_DATE,
                    }
                )
            ),
        }
    ),
    "Rules": _whole(
        {
            "as_of": _DATE,
            "rules": _list_of(
                _whole(
                    {
                        "code": _TEXT,
                        "name": _TEXT,
                        "areas": _list_of(_AREA),
                        "versions": _list_of(_whole(_VERSION)),
                    }
                )
            ),
        }
    ),
    "Rule": _whole(
        {
            "code": _TEXT,
            "name": _TEXT,
            "areas": _list_of(_AREA),
            "versions": _list_of({"type": "object", "required": list(_VERSION)}),
        }
    ),
    "Difference": {
        "type": "object",
        "properties": {"code": _TEXT, "from": _TEXT, "to": _TEXT, "changes": _list_of(_OPEN)},
        "required": ["code", "from", "to", "changes"],
    },
    "FactDictionary": _whole(
        {
            "facts": _list_of(
                _whole(
                    {
                        "name": _TEXT,
                        "type": _TEXT,
                        "unit": _nullable(_TEXT),
                        "values": _nullable(_list_of(_TEXT)),
                        "question": _whole({"zh": _TEXT, "en": _TEXT}),
                    }
                )
            )
        }
    ),
    "Areas": _whole(
        {
            "areas": _list_of(
                _whole(
                    {
                        "code": _TEXT,
                        "name": _TEXT,
                        "county_code": _TEXT,
                        "county": _TEXT,
                        "kind": _TEXT,
                        "area_class": _nullable(_AREA),
                    }
                )
            )
        }
    ),
    "Problem": {
        "type": "object",
        "properties": {
            "type": _TEXT,
            "title": _TEXT,
            "status": {"type": "integer"},
            "detail": _TEXT,
            "errors": {
                "type": "array",
                "items": _object({"field": _TEXT, "message": _TEXT, "code": _TEXT}),
            },
        },
        "required": ["type", "title", "status", "detail", "errors"],
    },
}


def _content(schema: dict[str, Any], media: str = "application/json") -> dict[str, Any]:
    return {"content": {media: {"schema": schema}}}


def _problems(*statuses: int) -> dict[int, Any]:
    reasons = {
        400: "The address or the body cannot be read",
        403: "The deletion key is wrong",
        404: "There is none",
        410: "It was deleted by its holder",
        413: "The body is too large",
        422: "A field cannot be read",
        429: "Too many requests; wait as Retry-After says",
        503: "No rules are loaded, or a service is away",
    }
    problem = _content(_ref("Problem"), "application/problem+json")
    return {status: {"description": reasons[status], **problem} for status in statuses}


def _operation(
    summary: str,
    answer: dict[str, Any],
    *problems: int,
    body: str = "",
    status: int = 200,
    parameters: tuple[dict[str, Any], ...] = (),
) -> dict[str, Any]:
    """Return the keyword arguments of one operation."""
    extra: dict[str, Any] = {
        "responses": {status: {"description": "Answered", **answer}}
        | _problems(400, *problems, 429, 503)
    }
    if body:
        extra["requestBody"] = {"required": True, **_content(_ref(body))}
    if parameters:
        extra["parameters"] = list(parameters)
    return {"summary": summary, "openapi_extra": extra}


def _query(name: str, schema: dict[str, Any], *, required: bool = False) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": required, "schema": schema}


CHECK = _operation("Check", _content(_ref("Answer")), 400, 413, 422, body="CheckBody")
COMPARE = _operation(
    "Compare the areas", _content(_ref("Comparison")), 400, 413, 422, body="CompareBody"
)
BATCH = _operation(
    "Check many", _content(_OPEN, "application/x-ndjson"), 400, 413, 422, body="BatchBody"
)
KEEP = _operation(
    "Check and keep", _content(_ref("KeptAnswer")), 400, 413, 422, body="CheckBody", status=201
)
RECEIPT = _operation("Kept answer", _content(_ref("Answer")), 404, 410)
REPLAY = _operation("Judge a kept answer anew", _content(_ref("Replay")), 404, 410)
DELETE = _operation(
    "Delete a kept answer",
    {},
    *(400, 403, 404, 410, 413),
    status=204,
    parameters=({"name": "X-Deletion-Key", "in": "header", "required": False, "schema": _TEXT},),
)
RULES = _operation("Routes", _content(_ref("Rules")), 422, parameters=(_query("as_of", _DATE),))
RULE = _operation("One route", _content(_ref("Rule")), 404)
DIFF = _operation(
    "Difference of two versions",
    _content(_ref("Difference")),
    404,
    parameters=(_query("from", _TEXT, required=True), _query("to", _TEXT, required=True)),
)
FACTS = _operation("Fact dictionary", _content(_ref("FactDictionary")))
AREAS = _operation("Townships", _content(_ref("Areas")))
