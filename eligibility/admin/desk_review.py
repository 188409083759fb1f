"""Checks, impact, the second person's review, and what happens to a version after it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from eligibility import records, wording
from eligibility.admin import desk_forms as forms
from eligibility.admin.desk_base import (
    APPROVE,
    EVENT,
    READ,
    STATUS,
    WRITE,
    desk_view,
    diff,
    published,
    url,
    version_or_404,
    version_page,
)
from eligibility.admin.desk_breaches import BreachLine, breach_lines, title_of
from eligibility.core.condition import Leaf
from eligibility.core.disclosure import LEAST
from eligibility.core.impact import AGE_UNKNOWN, AND, LATER, NOT_ON_THE_LIST, PLACE, ROUTE, SEVERAL
from eligibility.core.impact_tables import LEVELS, Line, Table
from eligibility.models import ImpactRun, ProposedEvent, RuleEvent, RuleVersion
from eligibility.place_names import county_name
from eligibility.services import desk, examples, impact, rules

RELOAD_SECONDS = 4


@desk_view(READ)
@require_safe
def checks_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the one list of what stands in the way, and what the version changes."""
    row = version_or_404(pk)
    found = [] if row.status == STATUS.PUBLISHED else _breaches(row)
    context = {
        "breaches": found,
        "absolute": sum(breach.absolute for breach in found),
        "overridable": sum(not breach.absolute for breach in found),
        "diff": diff(row, published()),
        "subtitle": _("Checks"),
    }
    return version_page(request, "checks", row, context, tab="checks")


def _breaches(row: RuleVersion) -> list[BreachLine]:
    rule = records.to_rule(row.record)
    return breach_lines(rule, rules.breaches_of(row, now=timezone.now()))


# Impact


@dataclass(frozen=True, kw_only=True)
class ImpactLine:
    """One group of an impact table; a dash stands for what is hidden."""

    name: str
    numbers: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class ImpactTable:
    """One table of an impact run."""

    title: str
    lines: tuple[ImpactLine, ...]


def _number(count: int | None) -> str:
    return "–" if count is None else f"{count:,}"


def _impact_line(name: str, line: Line) -> ImpactLine:
    numbers = (*(line.counts[key] for key in ("gained", "lost", "otherwise")), line.changed)
    return ImpactLine(name=name, numbers=tuple(map(_number, numbers)))


def _impact_tables(
    tables: Sequence[Table], level: str, leaves: Mapping[str, Leaf]
) -> list[ImpactTable]:
    titles = {
        "total": _("All together"),
        "area": _("By area class of the place"),
        "county": _("By county or district of the place"),
        "age": _("By age"),
        "cause": _("By the line that flipped them"),
        "move": _("By verdict before and after"),
    }
    return [
        ImpactTable(
            title=titles[table.by],
            lines=tuple(
                _impact_line(_group_name(table.by, line.group, leaves), line)
                for line in table.lines
            ),
        )
        for table in tables
        if table.level == level and table.lines
    ]


def _group_name(by: str, group: str, leaves: Mapping[str, Leaf]) -> str:
    if by == "total":
        return _("everybody")
    if by == "area":
        if group == "open":
            return _("the place is not said")
        return wording.any_of(wording.AREAS[area] for area in group.split("_or_"))
    if by == "county":
        return county_name(group) if group else _("the place is not said")
    if by == "age":
        if group == AGE_UNKNOWN:
            return _("age not known")
        first, _sep, last = group.partition("-")
        return (
            _("%(first)s to %(last)s years old") % {"first": first, "last": last}
            if last
            else _("%(first)s and older") % {"first": first}
        )
    if by == "move":
        before, _sep, after = group.partition(">")
        return _("%(before)s → %(after)s") % {
            "before": _verdict(before),
            "after": _verdict(after),
        }
    causes = {
        SEVERAL: _("several lines together"),
        PLACE: _("where the version holds"),
        ROUTE: _("the route begins or ends here"),
        LATER: _("only the earliest day comes or goes"),
    }
    if group in causes:
        return causes[group]
    said = (
        wording.leaf_text(leaves[name]) if name in leaves else name for name in group.split(AND)
    )
    return wording.clauses_of(said)


def _verdict(name: str) -> str:
    others = {
        NOT_ON_THE_LIST: _("not on the list"),
        "eligible": _("can register"),
        "not_yet": _("not yet"),
        "not_eligible": _("not under these rules"),
        "more_information_needed": _("more has to be known"),
        "not_covered": _("outside these rules"),
    }
    return str(wording.VERDICTS.get(name) or others.get(name, name))


def _impact_context(row: RuleVersion) -> dict[str, Any]:
    """Return the newest run of a version as it stands now, with its tables where it is done."""
    run = impact.latest_run(row)
    if run is None:
        return {"run": None}
    reached = impact.progress(run)
    context: dict[str, Any] = {
        "run": run,
        "progress": reached,
        "running": not reached.is_over,
        "done": _number(reached.done),
        "total": _number(reached.total),
        "as_of": wording.full_date(run.as_of),
        "least": LEAST,
    }
    if run.state == ImpactRun.State.DONE:
        found = impact.impact(run)
        context |= {
            "impact": found,
            "people": _number(found.result.people),
            "levels": [
                {
                    "title": title,
                    "tables": _impact_tables(found.result.tables, level, found.leaves),
                }
                for level, title in zip(
                    LEVELS,
                    (_("By this route"), _("By all routes together")),
                    strict=True,
                )
            ],
        }
    return context


@desk_view(READ)
def impact_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Show whom a draft changes: ask for a run, watch it, read its tables."""
    row = version_or_404(pk)
    today = timezone.localdate()
    may = request.user.has_perm(WRITE) or request.user.has_perm(APPROVE)
    form = forms.ImpactForm(
        request.POST if request.method == "POST" else None,
        populations=ImpactRun.Population.choices,
        initial={"population": "synthetic", "as_of": impact.day_for(row, today)},
    )
    if request.method == "POST" and not may:
        raise PermissionDenied
    if form.is_bound and form.is_valid():
        try:
            impact.request_run(
                version=row,
                population=form.cleaned_data["population"],
                as_of=form.cleaned_data["as_of"],
                user=request.user,
                now=timezone.now(),
            )
        except impact.ImpactRefused as refused:
            form.add_error(None, str(refused))
        else:
            return redirect(url("impact", row.pk))
    context = _impact_context(row) | {"form": form, "may": may, "subtitle": _("Impact")}
    status = 422 if form.errors else 200
    response = version_page(request, "impact", row, context, tab="impact", status=status)
    if context["run"] and not context["progress"].is_over and request.method == "GET":
        response["Refresh"] = str(RELOAD_SECONDS)
    return response


@require_POST
def _cancel(request: HttpRequest, pk: int, run_id: int) -> HttpResponse:
    user = request.user
    if not (user.has_perm(WRITE) or user.has_perm(APPROVE)):
        raise PermissionDenied
    run = get_object_or_404(ImpactRun, pk=run_id, version_id=pk)
    if impact.cancel_run(run_id=run.pk, now=timezone.now()):
        messages.success(request, _("The run is cancelled."))
    else:
        messages.info(request, _("The run was over already."))
    return redirect(url("impact", pk))


cancel = desk_view(READ)(_cancel)


# Review


@desk_view(READ)
def review(request: HttpRequest, pk: int) -> HttpResponse:
    """Let the author submit, and another person approve exactly what is shown here."""
    row = version_or_404(pk)
    is_author = row.author_id == request.user.pk
    wrote = is_author or request.user.pk in row.editors
    approves = row.status == STATUS.IN_REVIEW and request.user.has_perm(APPROVE) and not wrote
    if request.method == "POST" and not approves:
        raise PermissionDenied
    found = [] if row.status == STATUS.PUBLISHED else _breaches(row)
    codes = [breach.code for breach in found if not breach.absolute]
    form = forms.OverridesForm(request.POST if request.method == "POST" else None, codes=codes)
    refused = ""
    if form.is_bound and form.is_valid():
        refused = _approve(request, row, form)
        if not refused:
            messages.success(
                request,
                _("Published. It holds from %(day)s.")
                % {"day": wording.full_date(row.effective_from)},
            )
            return redirect(url("review", row.pk))
        row = version_or_404(pk)
    proof = examples.run_examples(row)
    absolute = [breach for breach in found if breach.absolute]
    context = {
        "form": form,
        "refused": refused,
        "approves": approves and not absolute,
        "is_author": is_author,
        "wrote": wrote,
        "absolute": absolute,
        "asked": [
            {
                "breaches": [breach for breach in found if breach.code == code],
                "fields": form.pair(code),
            }
            for code in dict.fromkeys(codes)
        ],
        "diff": diff(row, published()),
        "examples": len(proof.outcomes),
        "failed": len(proof.failed),
        "complete": proof.complete,
        "override_reasons": [
            {"title": title_of(code), "said": wording.say(said)}
            for code, said in row.override_reasons.items()
        ],
        "events": [event_line(event) for event in row.events.select_related("author", "approver")],
        "waiting": row.proposed_events.first(),
        "can_submit": is_author and row.status == STATUS.DRAFT,
        "can_take_back": row.status == STATUS.IN_REVIEW
        and (is_author or request.user.has_perm(APPROVE)),
        "subtitle": _("Review and publish"),
        **_impact_context(row),
    }
    status = 422 if form.errors or refused else 200
    return version_page(request, "review", row, context, tab="review", status=status)


def _approve(request: HttpRequest, row: RuleVersion, form: forms.OverridesForm) -> str:
    """Publish; return why it is refused, or nothing."""
    try:
        desk.publish(
            rule_version_id=row.pk,
            approver=request.user,
            now=timezone.now(),
            reviewed_hash=request.POST.get("reviewed_hash", ""),
            overrides=form.taken(),
        )
    except rules.RuleNotInReview:
        return _(
            "The version was changed after this page was opened, so it is not published. Look at "
            "it once more; this page shows it as it stands now."
        )
    except rules.ApproverIsAuthor:
        return _("You wrote or edited this version; somebody else has to approve it.")
    except rules.RuleBreaches:
        return _(
            "Something stands in the way that was not there when the page was opened. Look at the "
            "list below."
        )
    except rules.RuleOverlaps:
        return _("Another version begins on the same day. Choose another first day.")
    return ""


@desk_view(WRITE)
@require_POST
def submit(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a draft up for review, if nothing absolute stands in the way."""
    row = version_or_404(pk)
    if row.status != STATUS.DRAFT or row.author_id != request.user.pk:
        raise PermissionDenied
    try:
        desk.submit(
            rule_version_id=row.pk,
            revision=row.revision,
            author=request.user,
            now=timezone.now(),
        )
    except rules.RuleBreaches:
        messages.error(
            request,
            _("Not submitted: what is listed first has to be mended before it can be approved."),
        )
        return redirect(url("checks", row.pk))
    messages.success(request, _("Submitted. Somebody else looks at it now and approves it."))
    return redirect(url("review", row.pk))


@desk_view(READ)
@require_POST
def take_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Make a version in review a draft again, by its author or by an approver."""
    row = version_or_404(pk)
    is_author = row.author_id == request.user.pk
    if row.status != STATUS.IN_REVIEW or not (is_author or request.user.has_perm(APPROVE)):
        raise PermissionDenied
    desk.take_back(rule_version_id=row.pk)
    messages.success(request, _("It is a draft again, and can be edited."))
    return redirect(url("draft", row.pk))


# After publishing


@desk_view(EVENT)
def events(request: HttpRequest, pk: int) -> HttpResponse:
    """Propose that a published version is suspended, resumed or withdrawn."""
    row = version_or_404(pk)
    if row.status != STATUS.PUBLISHED:
        raise PermissionDenied
    past = list(row.events.select_related("author", "approver"))
    last = past[-1].kind if past else ""
    over = last in (RuleEvent.Kind.WITHDRAWN, RuleEvent.Kind.ENDED)
    waiting = row.proposed_events.select_related("author").first()
    form = forms.EventForm(
        request.POST if request.method == "POST" else None,
        suspended=last == RuleEvent.Kind.SUSPENDED,
    )
    if form.is_bound and not over and not waiting and form.is_valid():
        data = form.cleaned_data
        try:
            desk.propose_event(
                rule_version_id=row.pk,
                kind=data["kind"],
                from_day=data["from_day"],
                reason={"zh": data["reason_zh"], "en": data["reason_en"]},
                author=request.user,
                now=timezone.now(),
            )
        except rules.RuleError:
            form.add_error(
                "from_day",
                _("Choose a day after the first day of the version and after its last event."),
            )
        else:
            messages.success(request, _("Proposed. It holds once a second person confirms it."))
            return redirect(url("events", row.pk))
    context = {
        "form": form,
        "over": over,
        "events": [event_line(event) for event in past],
        "waiting": proposal_line(waiting) if waiting else None,
        "subtitle": _("Suspend, resume, withdraw"),
    }
    status = 422 if form.errors else 200
    return version_page(request, "events", row, context, tab="review", status=status)


@desk_view(EVENT)
def confirm(request: HttpRequest, proposal_id: int) -> HttpResponse:
    """Confirm what another person proposed, or take it off the table."""
    found = ProposedEvent.objects.select_related("version__rule", "author")
    proposal = get_object_or_404(found, pk=proposal_id)
    row = version_or_404(proposal.version_id)
    is_author = proposal.author_id == request.user.pk
    may_confirm = request.user.has_perm(APPROVE) and not is_author
    if request.method == "POST":
        if "drop" in request.POST and (is_author or may_confirm):
            desk.drop_event(proposed_event_id=proposal.pk)
            messages.success(request, _("The proposal is dropped; nothing has changed."))
            return redirect(url("events", row.pk))
        if not may_confirm:
            raise PermissionDenied
        try:
            desk.approve_event(
                proposed_event_id=proposal.pk, approver=request.user, now=timezone.now()
            )
        except rules.RuleError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, _("Recorded. The public pages show it from now on."))
        return redirect(url("events", row.pk))
    context = {
        "proposal": proposal_line(proposal),
        "is_author": is_author,
        "may_confirm": may_confirm,
        "subtitle": _("Suspend, resume, withdraw"),
    }
    return version_page(request, "confirm", row, context, tab="review")


def event_line(event: RuleEvent) -> dict[str, Any]:
    """Return an event in words."""
    forms_ = {
        RuleEvent.Kind.WITHDRAWN: _("Withdrawn from %(day)s."),
        RuleEvent.Kind.ENDED: _("Ended by a later document from %(day)s."),
        RuleEvent.Kind.SUSPENDED: _("Suspended from %(day)s."),
        RuleEvent.Kind.RESUMED: _("In force again from %(day)s."),
    }
    return {
        "text": forms_[RuleEvent.Kind(event.kind)] % {"day": wording.full_date(event.from_day)},
        "reason": wording.say({"zh": event.reason_zh, "en": event.reason_en}),
        "author": event.author.get_username(),
        "approver": event.approver.get_username(),
    }


def proposal_line(proposal: ProposedEvent) -> dict[str, Any]:
    """Return in words what waits for a second person."""
    forms_ = {
        RuleEvent.Kind.WITHDRAWN: _("Withdraw it for good from %(day)s"),
        RuleEvent.Kind.SUSPENDED: _("Suspend it from %(day)s"),
        RuleEvent.Kind.RESUMED: _("Put it back in force from %(day)s"),
    }
    text = forms_[RuleEvent.Kind(proposal.kind)] % {"day": wording.full_date(proposal.from_day)}
    return {
        "pk": proposal.pk,
        "label": str(proposal.version),
        "name": wording.say(proposal.version.record["name"]),
        "text": text,
        "reason_zh": proposal.reason_zh,
        "reason_en": proposal.reason_en,
        "author": proposal.author.get_username(),
    }


def proposals() -> list[dict[str, Any]]:
    """Return what waits for a second person."""
    rows = ProposedEvent.objects.select_related("version__rule", "author")
    return [proposal_line(row) for row in rows]
