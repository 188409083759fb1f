"""Markup typed into everything that a case stores, seen by its officer and by its applicant."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from residence_permit.core.workflow import Action, Status
from residence_permit.models import Evidence, Person, ResidenceRegistration
from residence_permit.services.transition import move
from tests.accounts import sign_in_staff
from tests.residence_permit import applicants
from tests.residence_permit.workbench import REFUSAL, case_in, draft, officer, supervisor

pytestmark = pytest.mark.django_db(transaction=True)

PLANTED = """"'><img src=x onerror="planted=1">"""
LONGER = f"{PLANTED}<script>planted=1</script>"


def planted_cases(me, boss, now):
    """Return a refused and a returned case of one person, with markup in all that was typed."""
    applicants.load_law(now)
    refused = case_in(
        Status.AWAITING_DECISION, case=applicants.complete(now=now), by=me, decided_by=boss, now=now
    )
    decision = REFUSAL | {"reason": LONGER, "target": Status.REFUSED}
    later = now + timedelta(minutes=30)
    move(Action.DECIDE, application_id=refused.pk, actor=boss, now=later, **decision)
    Person.objects.filter(pk=refused.person_id).update(
        name=PLANTED, hukou_address=LONGER, ethnicity="<svg onload=a()>", phone="<b>1</b>"
    )
    ResidenceRegistration.objects.filter(person=refused.person).update(
        address=LONGER, employer=LONGER
    )
    Evidence.objects.filter(application=refused).update(shown_name=f"{PLANTED}.png")
    again = draft(who=refused.person, now=later)
    again.statements = {"ground": {"ground": "employment:contract", "note": LONGER}}
    again.save()
    returned = case_in(Status.UNDER_REVIEW, case=again, by=me, now=later)
    items = (("evidence:employment", LONGER),)
    at = later + timedelta(minutes=30)
    move(Action.REQUEST_CORRECTION, application_id=returned.pk, actor=me, now=at, items=items)
    return refused, returned


def test_markup_in_a_case_is_text_to_whoever_reads_it(live_server, page):
    now = timezone.now() - timedelta(hours=3)
    me, boss = officer(), supervisor()
    refused, returned = planted_cases(me, boss, now)
    wrong = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda said: "Security Policy" in said.text and wrong.append(said.text))
    applicant = Client()
    applicant.force_login(refused.applicant)
    desk = [("admin:workbench", [], "?queue=mine")]
    for case in (refused, returned):
        desk.append(("admin:workbench-case", [case.reference], ""))
    desk.append(("admin:workbench-letter", [refused.reference], ""))
    home = [(name, [], "") for name in ("inbox", "my-data", "my-data-readable")]
    for case in (refused, returned):
        home.append(("case-detail", [case.reference], ""))
    home.append(("case-decision", [refused.reference], ""))
    shown = 0

    walks = (
        (sign_in_staff(Client(), boss), [("admin:workbench-statistics", [], "")]),
        (sign_in_staff(Client(), me), desk),
        (applicant, home),
    )
    for client, pages in walks:
        key = client.cookies[settings.SESSION_COOKIE_NAME].value
        page.context.add_cookies(
            [{"name": settings.SESSION_COOKIE_NAME, "value": key, "url": live_server.url}]
        )
        for name, args, query in pages:
            answer = page.goto(live_server.url + reverse(name, args=args) + query)
            if answer.status != 200:
                wrong.append(f"{name}: {answer.status}")
            if page.evaluate("'planted' in window") or page.locator("img[src='x']").count():
                wrong.append(f"{name}: markup is carried out")
            shown += "onerror=" in page.locator("body").inner_text()

    assert wrong == []
    assert shown >= 5  # it was there to be seen
