"""How a view comes to an own case, and what all pages about cases have in common."""

from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.views.decorators.http import require_http_methods

from residence_permit import selectors
from residence_permit.models import PermitApplication
from residence_permit.references import written
from residence_permit.views.private import private


def page(*methods: str) -> Callable[[Callable[..., HttpResponse]], Callable[..., Any]]:
    """Decorate a page of somebody's own: private, for these methods only."""

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., Any]:
        return require_http_methods(["GET", "HEAD", *methods])(private(view))

    return decorate


def own_case(request: HttpRequest, reference: str) -> PermitApplication:
    """Return an own case; another person's does not exist."""
    rows = selectors.own_cases(request.user).select_related(
        "person", "station__parent__parent", "permit"
    )
    case = rows.filter(reference__in={reference, written(reference)}).first()
    if case is None:
        raise Http404
    return case


def posted(request: HttpRequest) -> QueryDict | None:
    """Return what was sent, even if it is nothing; None if nothing was."""
    return request.POST if request.method == "POST" else None
