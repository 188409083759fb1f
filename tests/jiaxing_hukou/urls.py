"""The portal's addresses, and views that fail in each way a view can."""

from django.core.exceptions import PermissionDenied
from django.db import OperationalError
from django.http import HttpResponse
from django.urls import path

from jiaxing_hukou import urls as portal
from jiaxing_hukou.rate_limits import limited

handler400 = portal.handler400
handler403 = portal.handler403
handler404 = portal.handler404
handler500 = portal.handler500


def broken(request):
    raise RuntimeError("a mistake of ours")


def database_away(request):
    raise OperationalError("the server closed the connection")


def forbidden(request):
    raise PermissionDenied


def read(request):
    return HttpResponse(f"{len(request.body)} {sorted(request.POST)}")


@limited("pages")
def often(request):
    return HttpResponse("ok")


VIEWS = {
    "broken": broken,
    "database-away": database_away,
    "forbidden": forbidden,
    "read": read,
    "often": often,
}
urlpatterns = [
    path(f"{prefix}test/{name}", view) for prefix in ("", "api/") for name, view in VIEWS.items()
] + portal.urlpatterns
