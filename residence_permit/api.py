"""What residence permits add to the public JSON API."""

from django.http import HttpRequest, HttpResponse

from eligibility.api import BODY_LIMIT, api, json_answer, problem_answer, read_body
from jiaxing_hukou.rate_limits import count_request
from residence_permit import api_schema, timeline_json
from residence_permit.core.permit_ledger import LedgerImpossible, timeline

__all__ = ["api"]  # with the operations below; the urls mount it from here

api.schemas |= api_schema.SCHEMAS


@api.exception_handler(LedgerImpossible)
def _impossible(request: HttpRequest, error: LedgerImpossible) -> HttpResponse:
    return problem_answer(timeline_json.problem_of(error))


@api.post("/permits/timeline", **api_schema.TIMELINE)
def permit_timeline(request: HttpRequest) -> HttpResponse:
    """Say what a permit is on a day, from the events of its ledger; nothing is stored."""
    count_request(request, "api")
    ledger, day = timeline_json.read_timeline(read_body(request, BODY_LIMIT))
    return json_answer(timeline_json.answer_of(timeline(ledger, day)))
