"""Problem objects (RFC 9457) of the eligibility check."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from eligibility.strict_json import BrokenJson


def _problem(
    name: str, status: int, title: str, detail: str, errors: list[Mapping[str, str]]
) -> dict[str, Any]:
    return {
        "type": f"urn:jiaxing-hukou:problem:{name}",
        "title": title,
        "status": status,
        "detail": detail,
        "errors": errors,
    }


def facts_problem(errors: list[Any]) -> dict[str, Any]:
    """Return the problem of facts that cannot be read: 422, every field named."""
    return _problem(
        "facts-refused",
        422,
        _("The facts cannot be read"),
        _("Correct the fields named under `errors` and send the request again."),
        errors,
    )


def json_problem(error: BrokenJson) -> dict[str, Any]:
    """Return the problem of a body that is not JSON: 400."""
    message = {"field": "", "message": str(error), "code": "broken_json"}
    return _problem(
        "broken-json",
        400,
        _("The body is not valid JSON"),
        str(error),
        [message],
    )


def method_problem(allowed: str) -> dict[str, Any]:
    """Return the problem of a method that an address does not have: 405."""
    detail = _("Send the request with one of these methods: %(methods)s.") % {"methods": allowed}
    title = _("This address is not asked in this way")
    return _problem("method-not-allowed", 405, title, detail, [])


def media_type_problem() -> dict[str, Any]:
    """Return the problem of a body of another kind than JSON: 415."""
    detail = _("Send the body as JSON, with the header “Content-Type: application/json”.")
    message = {"field": "", "message": detail, "code": "unsupported_media_type"}
    title = _("The body is not declared as JSON")
    return _problem("unsupported-media-type", 415, title, detail, [message])


def too_large_problem(limit: int) -> dict[str, Any]:
    """Return the problem of a body over the limit: 413."""
    detail = _("Send at most %(limit)s bytes.") % {"limit": limit}
    message = {"field": "", "message": detail, "code": "too_large"}
    return _problem("too-large", 413, _("The request is too large"), detail, [message])


def receipt_problem(status: int) -> dict[str, Any]:
    """Return the problem of a reference that leads nowhere (404), or not any more (410)."""
    titles = {
        403: _("The deletion key does not belong to this receipt"),
        404: _("No receipt has this reference"),
        410: _("This receipt was deleted by its holder"),
    }
    details = {
        403: _("Send the key that was shown when the receipt was made."),
        404: _("Compare the reference with your print-out, character by character."),
        410: _("Make a new check if you need an answer."),
    }
    return _problem("receipt", status, titles[status], details[status], [])
