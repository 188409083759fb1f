"""One case by the version in force and by the draft; and the worked examples of a version."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from eligibility import desk_words, error_words, records, selectors, wording
from eligibility.admin.desk_base import (
    READ,
    STATUS,
    WRITE,
    desk_view,
    published,
    url,
    version_or_404,
    version_page,
)
from eligibility.admin.desk_breaches import outcome_text, verdict_text
from eligibility.admin.desk_case_forms import CaseForm, ExampleForm, NameForm
from eligibility.admin.desk_tree import leaf_addresses
from eligibility.core.check import Check
from eligibility.core.condition import All, AnyOf, Compare, OfficerJudgement
from eligibility.core.errors import FactsRefused
from eligibility.core.evaluate import Trace
from eligibility.core.rule import FAMILY, Ruleset
from eligibility.core.rule import RuleVersion as CoreRule
from eligibility.core.stated import FIRST_DAY, Facts, parse_facts
from eligibility.core.worked import NOT_LISTED, traces
from eligibility.forms import refusal
from eligibility.models import RuleVersion, WorkedExample
from eligibility.rule_forms import ReferenceForm
from eligibility.services import checks, examples
from eligibility.services.opened_receipts import EXAMPLE, open_receipt
from jiaxing_hukou.rate_limits import count_request


@dataclass(frozen=True, kw_only=True)
class TraceLine:
    """One judged node of a case."""

    text: str
    verdict: str
    detail: str = ""
    parts: tuple["TraceLine", ...] = ()


@dataclass(frozen=True, kw_only=True)
class Judged:
    """How a version judges a case; no trace where it takes no part."""

    title: str
    verdict: str
    trace: TraceLine | None
    earliest: str = ""


def trace_line(at: Trace) -> TraceLine:
    """Return a trace in words."""
    node = at.node
    if isinstance(node, Compare):
        actual = _("not known") if at.actual is None else _actual(node.fact, at.actual)
        detail = _("%(fact)s: %(value)s") % {"fact": wording.label(node.fact), "value": actual}
        return TraceLine(text=wording.leaf_text(node), verdict=at.verdict.wire, detail=detail)
    if isinstance(node, OfficerJudgement):
        return TraceLine(text=wording.leaf_text(node), verdict=at.verdict.wire)
    texts = {All: _("all of these"), AnyOf: _("one of these")}
    return TraceLine(
        text=texts.get(type(node), _("the opposite of this")),
        verdict=at.verdict.wire,
        parts=tuple(trace_line(part) for part in at.parts),
    )


def _actual(name: str, value: Any) -> str:
    if name == "graduation_years_begun":
        return wording.amount(value, "years")
    return wording.value_text(name, value)


def judged(ruleset: Ruleset, facts: Facts, code: str, kind: str, title: str) -> Judged:
    """Return what a ruleset says of a case by one rule."""
    check = Check(ruleset, facts, timezone.localdate())
    if kind == FAMILY:
        member = check.members[0]
        line = trace_line(member.own) if member.own else None
        return Judged(title=title, verdict=member.verdict.wire, trace=line)
    for route, day in zip(check.routes, check.dates, strict=True):
        if route.rule.code == code:
            found = next(iter(traces(check, route.rule)))
            earliest = wording.full_date(day) if day and day > facts.as_of else ""
            return Judged(
                title=_("%(title)s (version %(version)s)")
                % {"title": title, "version": route.rule.version},
                verdict=route.verdict.wire,
                trace=trace_line(found),
                earliest=earliest,
            )
    return Judged(title=title, verdict=NOT_LISTED, trace=None)


def _rules(row: RuleVersion) -> tuple[CoreRule, CoreRule | None]:
    """Return the version, and what it would replace."""
    rule = records.to_rule(row.record)
    ruleset = published()
    day = max(rule.effective_from, FIRST_DAY)
    found = (ruleset.version_on(rule.code, area, day) for area in rule.areas)
    old = next((each for each in found if each), None)
    if old is None:
        ended = [each for each in ruleset.versions if each.code == rule.code]
        old = max(ended, key=lambda each: each.effective_from, default=None)
    return rule, old if old is not rule else None


def _first_case_day(rule: CoreRule) -> Any:
    return max(timezone.localdate(), rule.effective_from)


@desk_view(READ)
def case(request: HttpRequest, pk: int) -> HttpResponse:
    """Judge one case by what is in force and by the draft."""
    row = version_or_404(pk)
    rule, old = _rules(row)
    form = CaseForm(
        request.POST if request.method == "POST" else None,
        rules=[rule, old],
        initial={"as_of": _first_case_day(rule)},
    )
    answers: list[Judged] = []
    if form.is_bound and form.is_valid():
        day = form.cleaned_data["as_of"]
        facts = parse_facts(form.facts, as_of=day, townships=selectors.townships())
        now, then = published(), selectors.ruleset_with(row)
        answers = [
            judged(now, facts, rule.code, rule.kind, _("By what is in force")),
            judged(then, facts, rule.code, rule.kind, _("By this draft")),
        ]
    context = {
        "form": form,
        "answers": answers,
        "differ": len({answer.verdict for answer in answers}) > 1,
        "subtitle": _("Try a case"),
    }
    status = 422 if form.errors else 200
    return version_page(request, "case", row, context, tab="case", status=status)


# Worked examples


@dataclass(frozen=True, kw_only=True)
class ExampleLine:
    """One worked example in the list."""

    pk: int
    name: str
    as_of: str
    origin: str
    expects: str
    passed: bool
    text: str  # what comes out otherwise


def _expected_text(expect: Mapping[str, Any], code: str) -> str:
    said = []
    for key, wanted in expect.items():
        if key == "routes":
            said += [
                verdict_text(value)
                if route == code
                else _("%(route)s: %(verdict)s") % {"route": route, "verdict": verdict_text(value)}
                for route, value in wanted.items()
            ]
        elif isinstance(wanted, Mapping):
            said += [
                _("%(route)s: %(verdict)s") % {"route": route, "verdict": verdict_text(value)}
                for route, value in wanted.items()
            ]
        else:
            said.append(verdict_text(wanted))
    return wording.clauses_of(said)


def example_lines(proof: examples.Proof) -> list[ExampleLine]:
    """Return the examples of a version, those that fail first."""
    found = sorted(proof.outcomes, key=lambda outcome: outcome.passed)
    return [
        ExampleLine(
            pk=outcome.example.pk,
            name=outcome.example.name,
            as_of=wording.full_date(outcome.example.as_of),
            origin=outcome.example.get_origin_display(),
            expects=_expected_text(outcome.example.expect, proof.rule.code),
            passed=outcome.passed,
            text="" if outcome.passed else outcome_text(outcome.differences, outcome.refused),
        )
        for outcome in found
    ]


def coverage_lines(proof: examples.Proof) -> list[dict[str, Any]]:
    """Return for every computed line whether it was seen met and not met."""
    known = leaf_addresses(proof.rule)
    return [
        {
            "address": known[shown.leaf][0],
            "text": wording.leaf_text(known[shown.leaf][1]),
            "met": shown.met,
            "not_met": shown.not_met,
        }
        for shown in proof.shown
    ]


def _open_or_refuse(pk: int) -> RuleVersion:
    """Return a version whose examples may change."""
    row = version_or_404(pk)
    if row.status == STATUS.PUBLISHED:
        raise PermissionDenied
    return row


@desk_view(READ)
def example_list(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the worked examples, and what they prove."""
    row = version_or_404(pk)
    proof = examples.run_examples(row)
    context = {
        "lines": example_lines(proof),
        "coverage": coverage_lines(proof),
        "failed": len(proof.failed),
        "complete": proof.complete,
        "is_family": records.to_rule(row.record).kind == FAMILY,
        "reference_form": _reference_form(),
        "subtitle": _("Worked examples"),
    }
    return version_page(request, "examples", row, context, tab="examples")


def _reference_form(data: Any = None) -> ReferenceForm:
    """Return the form of a reference; it is one of several here, so nothing moves to it."""
    form = ReferenceForm(data)
    form.fields["reference"].widget.attrs.pop("autofocus", None)
    return form


@desk_view(WRITE)
def example_new(request: HttpRequest, pk: int) -> HttpResponse:
    """Enter a worked example by hand."""
    row = _open_or_refuse(pk)
    rule, old = _rules(row)
    form = ExampleForm(
        request.POST if request.method == "POST" else None,
        rules=[rule, old],
        initial={"as_of": max(rule.effective_from, FIRST_DAY)},
    )
    if form.is_bound and form.is_valid():
        data = form.cleaned_data
        try:
            examples.attach_example(
                rule_version_id=row.pk,
                name=data["name"],
                as_of=data["as_of"],
                facts=form.facts,
                expect=form.expected(rule.code),
                author=request.user,
                now=timezone.now(),
            )
        except examples.ExampleRefused as refused:
            _refused(form, row, refused)
        else:
            messages.success(request, _("The example is kept."))
            return redirect(url("examples", row.pk))
    context = {"form": form, "subtitle": _("A worked example")}
    status = 422 if form.errors else 200
    return version_page(request, "example", row, context, tab="examples", status=status)


def _refused(form: Any, row: RuleVersion, refused: examples.ExampleRefused) -> None:
    """Say at the field why an example cannot be kept."""
    texts = {
        "name": _("An example of this day has this name already; choose another one."),
        "as_of": _(
            "The version takes no part on this day at this place. Choose %(first)s or later, and "
            "a place where it holds."
        )
        % {"first": wording.full_date(row.effective_from)},
    }
    field = refused.field if refused.field in form.fields else None
    form.add_error(field, texts.get(refused.field) or error_words.sentence(refused.said))


@desk_view(WRITE)
@require_POST
def example_generate(request: HttpRequest, pk: int) -> HttpResponse:
    """Make examples at the boundaries of every line."""
    row = _open_or_refuse(pk)
    try:
        made = examples.generate_examples(
            rule_version_id=row.pk,
            author=request.user,
            now=timezone.now(),
            name=desk_words.boundary_name,
        )
    except examples.ExampleRefused as refused:
        messages.error(request, error_words.sentence(refused.said))
    else:
        messages.success(
            request,
            _(
                "%(number)s examples are made. What they expect is what comes out now: look at "
                "each whether the document says so."
            )
            % {"number": len(made)},
        )
    return redirect(url("examples", row.pk))


@desk_view(WRITE)
@require_POST
def example_delete(request: HttpRequest, pk: int, example_id: int) -> HttpResponse:
    """Delete an example of a version that is not published."""
    row = _open_or_refuse(pk)
    example = get_object_or_404(WorkedExample, pk=example_id, version=row)
    examples.remove_example(example_id=example.pk)
    messages.success(request, _("“%(name)s” is deleted.") % {"name": example.name})
    return redirect(url("examples", row.pk))


@desk_view(WRITE)
@require_POST
def example_receipt(request: HttpRequest, pk: int) -> HttpResponse:
    """Make an example from a receipt: the first click shows its facts, the second keeps them."""
    row = _open_or_refuse(pk)
    form = _reference_form(request.POST)
    found = None
    if form.is_valid():
        count_request(request, "receipts")
        found = _case_of(request, form, row)
    if found is None:
        proof = examples.run_examples(row)
        context = {
            "lines": example_lines(proof),
            "coverage": coverage_lines(proof),
            "failed": len(proof.failed),
            "complete": proof.complete,
            "reference_form": form,
            "subtitle": _("Worked examples"),
        }
        return version_page(request, "examples", row, context, tab="examples", status=422)
    reference = form.cleaned_data["reference"]
    name = _("From a receipt, %(day)s") % {"day": wording.full_date(found.as_of)}
    initial = {"name": name, "verdict": found.kept or found.now}
    confirm = NameForm(request.POST if "keep" in request.POST else None, initial=initial)
    if confirm.is_bound and confirm.is_valid():
        try:
            examples.example_from_receipt(
                rule_version_id=row.pk,
                reference=reference,
                author=request.user,
                now=timezone.now(),
                **confirm.cleaned_data,
            )
        except examples.ExampleRefused as refused:
            _refused(confirm, row, refused)
        else:
            messages.success(request, _("The example is kept; it holds facts only, and no name."))
            return redirect(url("examples", row.pk))
    facts = parse_facts(found.facts, as_of=found.as_of, townships=selectors.townships())
    context = {
        "form": confirm,
        "reference": reference,
        "facts": [
            (wording.label(name), wording.value_text(name, value, selectors.townships()))
            for name, value in facts.given.items()
        ],
        "household": len(facts.household),
        "as_of": wording.full_date(found.as_of),
        "kept": verdict_text(found.kept or NOT_LISTED),
        "now": verdict_text(found.now),
        "subtitle": _("An example from a receipt"),
    }
    status = 422 if confirm.errors else 200
    return version_page(request, "receipt", row, context, tab="examples", status=status)


def _case_of(
    request: HttpRequest, form: ReferenceForm, row: RuleVersion
) -> examples.ReceiptCase | None:
    """Return the facts of a receipt, once it is recorded that they were looked at."""
    reference = form.cleaned_data["reference"]
    try:
        open_receipt(reference=reference, actor=request.user, purpose=EXAMPLE, now=timezone.now())
        return examples.case_of_receipt(row, reference)
    except checks.ReceiptUnknown:
        form.add_error("reference", _("No receipt has this number."))
    except checks.ReceiptDeleted:
        form.add_error("reference", _("This receipt was deleted by its holder."))
    except FactsRefused as refused:
        for error in refused.errors:
            form.add_error("reference", refusal(error))
    return None
