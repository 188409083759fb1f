"""The templates of notices in the admin: read, and tried on a real case. They change in files."""

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from residence_permit import selectors_desk
from residence_permit.admin.base import VIEW_CASES, page, staff_page
from residence_permit.notifications import registry
from residence_permit.presentation import notice_templates as words

VIEW_NOTICES = "residence_permit.view_notice"


@staff_page(VIEW_NOTICES, VIEW_CASES)
@require_safe
def templates_page(request: HttpRequest) -> HttpResponse:
    """List the current version of every template."""
    lines = words.lines(registry.shipped(), get_language() or "zh-hans")
    context = {"title": _("Texts of notices"), "lines": lines}
    return page(request, "notice_templates", context)


@staff_page(VIEW_NOTICES, VIEW_CASES)
@require_safe
def template_page(request: HttpRequest, code: str, version: int) -> HttpResponse:
    """Show one version in both languages; ``?case=`` fills it in for a case within reach."""
    try:
        template = registry.shipped().version(code, version)
    except registry.TemplateUnknown:
        raise Http404 from None
    reference = request.GET.get("case", "").strip()
    case = None
    if reference and request.user.has_perm(VIEW_CASES):
        case = selectors_desk.case_at_desk(request.user, reference)
    shown = words.written(template)
    if case is not None:
        shown = words.filled_in(template, case, timezone.localdate())
    context = {
        "title": shown[0].subject,
        "template": template,
        "about": words.ABOUT[template.about],
        "to": words.AUDIENCES[template.to],
        "ways": words.ways(template),
        "shown": shown,
        "reference": reference,
        "case": case,
        "not_found": bool(reference) and case is None,
    }
    return page(request, "notice_template", context, status=404 if context["not_found"] else 200)
