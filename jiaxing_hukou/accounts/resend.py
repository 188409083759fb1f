"""What was typed survives an interruption: the page in between carries it in its own form.

Nothing is stored. Only what this site's own page sent is carried (the browser says so in
Sec-Fetch-Site or Origin): otherwise a foreign page could have its words sent again in the name of
whoever is signed in. Passwords, codes and files are not carried.
"""

from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from jiaxing_hukou import errors

NOT_CARRIED = {"code", "second_factor_code", "csrfmiddlewaretoken"}
MOST_FIELDS = 1000


def typed_fields(request: HttpRequest) -> list[tuple[str, str]]:
    """Return what was posted, as pairs in order, without secrets."""
    return [
        (name, value)
        for name, values in request.POST.lists()
        for value in values
        if name not in NOT_CARRIED and "password" not in name
    ][:MOST_FIELDS]


def came_from_here(request: HttpRequest) -> bool:
    """Say whether the browser vouches that a page of ours sent the request."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    origin = request.headers.get("Origin") or request.headers.get("Referer") or ""
    parts = urlsplit(origin)
    return (parts.scheme, parts.netloc) == (request.scheme, request.get_host())


def ask_before_resending(
    request: HttpRequest, template: str, context: dict, status: int = 200
) -> HttpResponse:
    """Return a page whose form holds what was typed and goes to the same address."""
    context = context | {
        "action": request.get_full_path(),
        "fields": typed_fields(request),
        "files": bool(request.FILES),
    }
    response = render(request, template, context, status=status)
    response["Cache-Control"] = "no-store"
    return response


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form whose secret is missing or stale: offer to send it again if it is ours."""
    if request.method != "POST" or request.path_info.startswith("/api/"):
        return errors.csrf_failure(request, reason)
    if not came_from_here(request) or not typed_fields(request):
        return errors.csrf_failure(request, reason)
    return ask_before_resending(request, "account/resend.html", {"signed_out": False}, status=403)
