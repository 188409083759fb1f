"""The OpenAPI description of what residence permits add to the API."""

from typing import Any

from eligibility.api_schema import (
    DATE,
    content_of,
    list_of,
    nullable,
    object_of,
    operation,
    ref,
    whole,
)
from residence_permit.core.permit_ledger import Entry, PermitStatus

_COUNT = {"type": "integer", "minimum": 0}

SCHEMAS: dict[str, Any] = {
    "TimelineBody": whole({"events": list_of(ref("LedgerEvent")), "on": DATE}),
    "LedgerEvent": whole(
        {"type": {"type": "string", "enum": [entry.value for entry in Entry]}, "date": DATE}
    ),
    "Timeline": whole(
        {
            "status": {"type": "string", "enum": [status.value for status in PermitStatus]},
            "usable": {"type": "boolean"},
            "years_of_residence": nullable(_COUNT),
            "counted_from": nullable(DATE),
            "window": nullable(
                object_of(
                    {"number": _COUNT, "opens": DATE, "closes": DATE}, ("number", "opens", "closes")
                )
            ),
        }
    ),
}

TIMELINE = operation(
    "What a permit is on a day", content_of(ref("Timeline")), 413, 415, 422, body="TimelineBody"
)
