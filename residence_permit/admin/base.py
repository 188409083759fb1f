"""What every page of the desk needs: who is let in, the frame, and what only is looked at."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.functional import cached_property

from residence_permit import selectors_desk
from residence_permit.models import PermitApplication

VIEW_CASES = "residence_permit.view_permitapplication"
COUNTED_TO = 10_000  # rows; no list counts further

View = Callable[..., HttpResponse]


def staff_page(*rights: str) -> Callable[[View], View]:
    """Let in the staff who hold one of the rights (to see cases, where none is named).

    Others who are signed in are refused.
    """
    wanted = rights or (VIEW_CASES,)

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not any(request.user.has_perm(right) for right in wanted):
                raise PermissionDenied
            response = view(request, *args, **kwargs)
            response.headers.setdefault("Cache-Control", "private, no-store")
            return response

        return admin.site.admin_view(guarded)

    return decorate


def url(name: str, *args: Any) -> str:
    """Return the address of a page of the workbench."""
    return reverse(f"admin:workbench{'-' if name else ''}{name}", args=args)


def page(
    request: HttpRequest, name: str, context: Mapping[str, Any], status: int = 200
) -> TemplateResponse:
    """Return a page of the workbench inside Django's admin."""
    full = {
        **admin.site.each_context(request),
        "is_nav_sidebar_enabled": False,  # two columns need the room
        **context,
    }
    template = f"admin/residence_permit/workbench/{name}.html"
    return TemplateResponse(request, template, full, status=status)


def case_or_404(request: HttpRequest, reference: str) -> PermitApplication:
    """Return a case within reach; a foreign one does not exist."""
    case = selectors_desk.case_at_desk(request.user, reference)
    if case is None:
        raise Http404
    return case


class CappedPaginator(Paginator):
    """Counts no further than to COUNTED_TO: what lies behind is found by searching."""

    @cached_property
    def count(self) -> int:
        """Return how many rows there are, or COUNTED_TO."""
        rows = self.object_list
        if isinstance(rows, QuerySet):
            return rows.order_by()[:COUNTED_TO].count()
        return len(rows)


class OutOfReach:
    """A row that one does not see does not exist; Django would lead to the start page."""

    def _get_obj_does_not_exist_redirect(self, request: HttpRequest, *args: Any) -> HttpResponse:
        raise Http404


class ReadOnly(OutOfReach):
    """No adding, no changing, no deleting: every change goes through a service."""

    actions = None
    show_full_result_count = False
    list_per_page = 50
    list_max_show_all = 50
    paginator = CappedPaginator
    sortable_by = ()

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        """Refuse."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse."""
        return False
