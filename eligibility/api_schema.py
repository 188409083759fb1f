"""The OpenAPI 3.1 description of the API, made from the fact dictionary."""

from typing import Any

from eligibility.core.facts import FACTS as FACT_DICTIONARY
from eligibility.core.facts import MAX_MONTHS, MEMBER_FACTS, Fact, Kind
from eligibility.core.places import AREA_CLASSES
from eligibility.core.stated import MAX_AMOUNT, MAX_HOUSEHOLD
from eligibility.core.verdict import WIRE, Overall

DESCRIPTION = (
    "Whether, where, since when and under which article a household can be registered in Jiaxing. "
    "Every fact is optional: what is absent or null is unknown, and unknown is never no. "
    "No log-in; requests are limited per client. Texts follow the Accept-Language header "
    "(Chinese, or English)."
)

DATE = {"type": "string", "format": "date", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}


def nullable(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of that, or of null."""
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
            schema = dict(DATE)
        case Kind.TOWNSHIP:
            schema = {"type": "string", "pattern": "^[0-9]{9}$"}
        case Kind.CHOICE:
            schema = {"type": "string", "enum": list(fact.values)}
    if fact.question_en:
        schema["description"] = fact.question_en
    return nullable(schema)


def object_of(properties: dict[str, Any], required: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return an object of some of these, and nothing else."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }


def whole(properties: dict[str, Any]) -> dict[str, Any]:
    """Return an object that has all of these, and nothing else."""
    return object_of(properties, tuple(properties))


def list_of(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a list of that."""
    return {"type": "array", "items": schema}


def ref(name: str) -> dict[str, str]:
    """Return a reference to a schema that an API module has added."""
    return {"$ref": f"#/components/schemas/{name}"}


_TEXT = {"type": "string"}
_MAYBE_DATE = nullable(DATE)
_VERDICT = {"type": "string", "enum": list(WIRE.values())}
_OVERALL = {"type": "string", "enum": [verdict.value for verdict in Overall]}
_OPEN = {"type": "object", "additionalProperties": True}

_AREA = {"type": "string", "enum": list(AREA_CLASSES)}
_FACTS = {name: _fact_schema(fact) for name, fact in FACT_DICTIONARY.items()} | {
    "household": nullable({"type": "array", "maxItems": MAX_HOUSEHOLD, "items": ref("Member")})
}
_ANSWER: dict[str, Any] = {
    "as_of": DATE,
    "verdict": _OVERALL,
    "area_class": nullable(_AREA),
    "ruleset": whole({"hash": _TEXT, "versions": {"type": "object"}}),
    "routes": list_of(ref("Route")),
    "family": list_of(
        whole(
            {
                "index": {"type": "integer"},
                "relation": nullable(_TEXT),
                "verdict": _VERDICT,
                "reason": _TEXT,
                "papers": list_of(ref("Paper")),
            }
        )
    ),
    "next_facts": list_of(_TEXT),
    "notices": list_of(
        object_of(
            {
                "code": _TEXT,
                "text": _TEXT,
                "clause": nullable(_TEXT),
                "fields": list_of(_TEXT),
            },
            ("code", "text"),
        )
    ),
    "earliest_date": _MAYBE_DATE,
    "next_step": whole({"office": _TEXT, "procedure": _TEXT, "remedies": _TEXT}),
}
_VERSION = {
    "version": _TEXT,
    "provenance": _TEXT,
    "effective_from": DATE,
    "effective_to": _MAYBE_DATE,
    "hash": _TEXT,
}

SCHEMAS: dict[str, Any] = {
    "Facts": object_of(_FACTS),
    "PlacelessFacts": object_of({k: v for k, v in _FACTS.items() if not k.startswith("target_")}),
    "Member": object_of({name: _fact_schema(fact) for name, fact in MEMBER_FACTS.items()}),
    "CheckBody": object_of({"as_of": _MAYBE_DATE, "facts": ref("Facts")}, ("facts",)),
    "CompareBody": object_of({"as_of": _MAYBE_DATE, "facts": ref("PlacelessFacts")}, ("facts",)),
    "BatchBody": object_of(
        {
            "as_of": _MAYBE_DATE,
            "cases": {
                "type": "array",
                "maxItems": 10_000,
                "items": object_of(
                    {"id": {"type": ["string", "integer"]}, "facts": ref("Facts")},
                    ("id", "facts"),
                ),
            },
        },
        ("cases",),
    ),
    "Citation": object_of(
        dict.fromkeys(("document", "number", "article", "text", "provenance"), _TEXT),
        ("document", "number", "article", "text", "provenance"),
    ),
    "Gap": object_of(
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
            "citation": ref("Citation"),
            "gap": ref("Gap"),
            "children": {"type": "array", "items": ref("Explanation")},
        },
        "required": ["kind", "verdict", "text", "citation"],
    },
    "Paper": object_of(
        {
            "code": _TEXT,
            "name": _TEXT,
            "alternatives": {"type": "array", "items": _TEXT},
            "for": _TEXT,
            "clause": _TEXT,
        },
        ("code", "name", "alternatives", "for", "clause"),
    ),
    "Route": whole(
        {
            "code": _TEXT,
            "name": _TEXT,
            "version": _TEXT,
            "provenance": _TEXT,
            "verdict": _VERDICT,
            "citation": ref("Citation"),
            "self_only": {"type": "boolean"},
            "earliest_date": _MAYBE_DATE,
            "explanation": ref("Explanation"),
            "unknown_facts": {"type": "array", "items": _TEXT},
            "papers": list_of(ref("Paper")),
        }
    ),
    "Answer": whole(_ANSWER),
    "KeptAnswer": whole(_ANSWER | {"reference": _TEXT, "deletion_key": _TEXT}),
    "Replay": whole(_ANSWER | {"identical": {"type": "boolean"}}),
    "Comparison": whole(
        {
            "as_of": DATE,
            "areas": list_of(
                whole(
                    {
                        "county_code": _TEXT,
                        "county": _TEXT,
                        "area_class": _AREA,
                        "verdict": _OVERALL,
                        "best_route": nullable(_TEXT),
                        "earliest_date": _MAYBE_DATE,
                    }
                )
            ),
        }
    ),
    "Rules": whole(
        {
            "as_of": DATE,
            "rules": list_of(
                whole(
                    {
                        "code": _TEXT,
                        "name": _TEXT,
                        "areas": list_of(_AREA),
                        "versions": list_of(whole(_VERSION)),
                    }
                )
            ),
        }
    ),
    "Rule": whole(
        {
            "code": _TEXT,
            "name": _TEXT,
            "areas": list_of(_AREA),
            "versions": list_of({"type": "object", "required": list(_VERSION)}),
        }
    ),
    "Difference": {
        "type": "object",
        "properties": {"code": _TEXT, "from": _TEXT, "to": _TEXT, "changes": list_of(_OPEN)},
        "required": ["code", "from", "to", "changes"],
    },
    "FactDictionary": whole(
        {
            "facts": list_of(
                whole(
                    {
                        "name": _TEXT,
                        "type": _TEXT,
                        "unit": nullable(_TEXT),
                        "values": nullable(list_of(_TEXT)),
                        "question": whole({"zh": _TEXT, "en": _TEXT}),
                    }
                )
            )
        }
    ),
    "Areas": whole(
        {
            "areas": list_of(
                whole(
                    {
                        "code": _TEXT,
                        "name": _TEXT,
                        "county_code": _TEXT,
                        "county": _TEXT,
                        "kind": _TEXT,
                        "area_class": nullable(_AREA),
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
                "items": object_of({"field": _TEXT, "message": _TEXT, "code": _TEXT}),
            },
        },
        "required": ["type", "title", "status", "detail", "errors"],
    },
}


def content_of(schema: dict[str, Any], media: str = "application/json") -> dict[str, Any]:
    """Return what a body or an answer of that kind holds."""
    return {"content": {media: {"schema": schema}}}


def _problems(*statuses: int) -> dict[int, Any]:
    reasons = {
        400: "The address or the body cannot be read",
        403: "The deletion key is wrong",
        404: "There is none",
        410: "It was deleted by its holder",
        413: "The body is too large",
        415: "The body is not declared as JSON",
        422: "A field cannot be read",
        429: "Too many requests; wait as Retry-After says",
        503: "No rules are loaded, or a service is away",
    }
    problem = content_of(ref("Problem"), "application/problem+json")
    return {status: {"description": reasons[status], **problem} for status in statuses}


def operation(
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
        extra["requestBody"] = {"required": True, **content_of(ref(body))}
    if parameters:
        extra["parameters"] = list(parameters)
    return {"summary": summary, "openapi_extra": extra}


def _query(name: str, schema: dict[str, Any], *, required: bool = False) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": required, "schema": schema}


CHECK = operation("Check", content_of(ref("Answer")), 413, 415, 422, body="CheckBody")
COMPARE = operation(
    "Compare the areas", content_of(ref("Comparison")), 413, 415, 422, body="CompareBody"
)
BATCH = operation(
    "Check many", content_of(_OPEN, "application/x-ndjson"), 413, 415, 422, body="BatchBody"
)
KEEP = operation(
    "Check and keep", content_of(ref("KeptAnswer")), 413, 415, 422, body="CheckBody", status=201
)
RECEIPT = operation("Kept answer", content_of(ref("Answer")), 404, 410)
REPLAY = operation("Judge a kept answer anew", content_of(ref("Replay")), 404, 410)
DELETE = operation(
    "Delete a kept answer",
    {},
    *(403, 404, 410, 413, 415),
    status=204,
    parameters=({"name": "X-Deletion-Key", "in": "header", "required": False, "schema": _TEXT},),
)
RULES = operation("Routes", content_of(ref("Rules")), 422, parameters=(_query("as_of", DATE),))
RULE = operation("One route", content_of(ref("Rule")), 404)
DIFF = operation(
    "Difference of two versions",
    content_of(ref("Difference")),
    404,
    parameters=(_query("from", _TEXT, required=True), _query("to", _TEXT, required=True)),
)
FACTS = operation("Fact dictionary", content_of(ref("FactDictionary")))
AREAS = operation("Townships", content_of(ref("Areas")))
