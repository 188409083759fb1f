"""The workbench: queues with their counts, the next case, the search, several cases at once."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core import signing
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from jiaxing_hukou.accounts import jurisdiction
from jiaxing_hukou.accounts.models import Station, User
from jiaxing_hukou.accounts.roles import Role as UserRole
from jiaxing_hukou.audit.services import record
from jiaxing_hukou.encryption import keyed_hash
from jiaxing_hukou.rate_limits import count_for
from residence_permit import queues, selectors_desk
from residence_permit.admin.base import page, staff_page, url
from residence_permit.choices import CaseKind, CaseStatus
from residence_permit.core.workflow import TABLE, Action, Role
from residence_permit.forms.desk import BulkForm, FilterForm, SearchForm
from residence_permit.presentation import desk
from residence_permit.queues import Place, Queue, Wanted
from residence_permit.services import review

PLACE = "residence_permit.workbench"  # the salt of the signed places
AT_ONCE = 100  # cases of one bulk act
NEEDS = {Action.REASSIGN: "assignee", Action.EXTEND: "reason", Action.ESCALATE: "reason"}


@dataclass(frozen=True)
class _Asked:
    """What an address asks for: a queue, narrowed down."""

    wanted: Wanted
    filters: FilterForm
    offices: list[Station]

    def address(self, after: Place | None = None) -> str:
        """Return the address of this queue with its filters, from a place on."""
        data = self.filters.cleaned_data
        query = {"queue": self.wanted.queue.value}
        query |= {name: value for name, value in data.items() if value}
        if after is not None:
            query["after"] = packed(after)
        return f"{url('')}?{urlencode(query)}"


def packed(place: Place) -> str:
    """Return a place as an address carries it: signed, so that nobody makes one up."""
    keys = [place.queue_on.isoformat(), place.status_since.isoformat(), place.pk]
    return signing.dumps(keys, salt=PLACE)


def unpacked(text: str) -> Place | None:
    """Return the place of an address; None for one that is not ours: the first page, then."""
    try:
        queue_on, status_since, pk = signing.loads(text, salt=PLACE)
    except signing.BadSignature:
        return None
    return Place(date.fromisoformat(queue_on), datetime.fromisoformat(status_since), pk)


def _asked(user: User, query: QueryDict, today: date) -> _Asked:
    """Read an address; what it says wrongly is left out."""
    offices = list(jurisdiction.stations_within(user).order_by("code"))
    queue = next((queue for queue in Queue if queue == query.get("queue")), Queue.MINE)
    form = FilterForm(query, statuses=queues.statuses_of(queue), offices=offices)
    form.is_valid()
    narrowed = {name: form.cleaned_data.get(name) for name in ("kind", "status", "office")}
    office = next((each for each in offices if str(each.pk) == narrowed["office"]), None)
    wanted = Wanted(
        user=user,
        queue=queue,
        today=today,
        kind=CaseKind(narrowed["kind"]) if narrowed["kind"] else None,
        status=CaseStatus(narrowed["status"]) if narrowed["status"] else None,
        office=office,
    )
    return _Asked(wanted, form, offices)


@staff_page()
@require_safe
def workbench(request: HttpRequest) -> HttpResponse:
    """Show one queue, the most urgent case first, and how many wait in the others."""
    now = timezone.now()
    asked = _asked(request.user, request.GET, timezone.localdate(now))
    after = unpacked(request.GET.get("after", ""))
    found = queues.page(asked.wanted, after)
    return _page(request, asked, found, after, now)


def _page(
    request: HttpRequest,
    asked: _Asked,
    found: queues.Page,
    after: Place | None,
    now: datetime,
    search: SearchForm | None = None,
    status: int = 200,
) -> HttpResponse:
    user, wanted = request.user, asked.wanted
    roles = set(user.groups.values_list("name", flat=True))
    is_officer = UserRole.OFFICER.value in roles
    is_supervisor = UserRole.SUPERVISOR.value in roles
    narrowed = wanted.kind or wanted.status or wanted.office
    context = {
        "title": _("Workbench"),
        "tabs": desk.tabs(queues.counts(wanted), wanted.queue),
        "queue": wanted.queue.value,
        "queue_title": desk.QUEUES[wanted.queue],
        "lines": [
            desk.case_line(case, user=user, now=now, today=wanted.today) for case in found.rows
        ],
        "empty": _("No case of this queue fits these filters.")
        if narrowed
        else desk.EMPTY[wanted.queue],
        "filters": asked.filters,
        "narrowed": bool(narrowed),
        "several_offices": len(asked.offices) > 1,
        "next_url": asked.address(found.next) if found.next else "",
        "first_url": asked.address() if after else "",
        "search": search or SearchForm(),
        "is_officer": is_officer,
        "is_supervisor": is_supervisor,
        "has_office": bool(asked.offices),
        "bulk_acts": _bulk_acts(wanted, is_officer=is_officer, is_supervisor=is_supervisor),
    }
    return page(request, "queue", context, status=status)


def _bulk_acts(wanted: Wanted, *, is_officer: bool, is_supervisor: bool) -> list[tuple[str, str]]:
    """Return what this person may do to several cases of the queue at once."""
    states = {wanted.status} if wanted.status else set(queues.statuses_of(wanted.queue))
    roles = {Role.OFFICER: is_officer, Role.SUPERVISOR: is_supervisor}
    possible = {row.action for row in TABLE if row.source in states and roles.get(row.role)}
    return [(act.value, str(desk.ACTS[act])) for act in review.BULK if act in possible]


@staff_page()
@require_POST
def next_case(request: HttpRequest) -> HttpResponse:
    """Claim the case that bears the greatest risk and open it."""
    case = review.next_case(actor=request.user, now=timezone.now())
    if case is None:
        messages.info(request, _("Nothing is left to be claimed in your office."))
        return redirect(f"{url('')}?queue={Queue.MINE}")
    return redirect(url("case", case.reference))


@staff_page()
@require_POST
def search(request: HttpRequest) -> HttpResponse:
    """Open a case by its reference, or list those of an ID number; neither comes into an address.

    An ID number is looked for by its hash. That somebody searched is recorded, not for what.
    """
    now = timezone.now()
    today = timezone.localdate(now)
    form = SearchForm(request.POST, today=today)
    asked = _asked(request.user, QueryDict(), today)
    if form.is_valid():
        count_for(request, "receipts", f"case-search-{request.user.pk}")
        found = queues.find(
            request.user,
            reference=form.reference,
            id_hash=keyed_hash(form.number, "id_number") if form.number else "",
        )
        _write_down(request.user, form, found, now)
        if len(found) == 1:
            return redirect(url("case", found[0].reference))
        if found:
            return _found(request, found, now)
        form.add_error("query", _("There is no such case in your offices."))
    rows = queues.page(asked.wanted)
    return _page(request, asked, rows, None, now, search=form, status=422)


def _write_down(user: User, form: SearchForm, found: Any, now: datetime) -> None:
    record(
        actor_id=user.pk,
        act="search_cases",
        subject="case",
        purpose="case",
        now=now,
        person_id=found[0].person_id if found and form.number else None,
        details={"by": "id_number" if form.number else "reference", "found": len(found)},
    )


def _found(request: HttpRequest, found: Any, now: datetime) -> HttpResponse:
    today = timezone.localdate(now)
    context = {
        "title": _("Cases of this ID number"),
        "lines": [desk.case_line(case, user=request.user, now=now, today=today) for case in found],
    }
    return page(request, "found", context)


@staff_page()
@require_POST
def bulk(request: HttpRequest) -> HttpResponse:
    """Do the same to several cases, each by itself, and say of each what became of it."""
    user, now = request.user, timezone.now()
    references = list(dict.fromkeys(request.POST.getlist("case")))[:AT_ONCE]
    if not references:
        messages.warning(request, _("Tick at least one case first."))
        return redirect(url(""))
    officers = selectors_desk.officers_within(user)
    form = BulkForm(request.POST, officers=officers)
    if not form.is_valid():
        return _bulk_page(request, form, references, status=422)
    action, data = form.action, form.cleaned_data
    need = NEEDS.get(action)
    if need and not data[need]:
        if request.POST.get("asked"):
            form.add_error(need, _("This is needed."))
        return _bulk_page(request, form, references, status=422 if form.errors else 200)
    lines = review.in_bulk(action, references=references, actor=user, now=now, **form.given())
    context = {
        "title": desk.ACTS[action],
        "done": sum(line.done for line in lines),
        "total": len(lines),
        "lines": [(line.reference, line.done, _outcome(line)) for line in lines],
    }
    return page(request, "bulk_done", context)


def _outcome(line: review.BulkLine) -> str:
    if line.done:
        return _("done")
    return desk.explain_any(line.error)


def _bulk_page(
    request: HttpRequest, form: BulkForm, references: list[str], status: int
) -> HttpResponse:
    """Ask for what the act needs besides the cases."""
    action = next((each for each in review.BULK if each == request.POST.get("act")), None)
    need = NEEDS.get(action)
    if need != "assignee":
        del form.fields["assignee"]
    context = {
        "title": desk.ACTS.get(action, _("Several cases")),
        "explained": desk.EXPLAINED.get(action, ""),
        "act": action.value if action else "",
        "form": form,
        "fields": [form[name] for name in ("assignee", "reason") if name in form.fields],
        "references": references,
    }
    return page(request, "bulk", context, status=status)
