"""A running check keeps its rules; newer ones are offered with what they change."""

from datetime import UTC, date, datetime

import pytest
from django.urls import reverse
from django.utils import timezone, translation

from eligibility.models import Questionnaire, Receipt, RulesetSnapshot
from eligibility.recheck_words import recheck_words
from eligibility.services import questionnaires
from eligibility.services.questionnaires import Progress
from eligibility.services.recheck import accept_recheck, recheck_offer
from tests.eligibility.builders import COUNTY_STREET
from tests.eligibility.workbench import leaf, published, trial

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
TODAY = date(2026, 11, 23)
pytestmark = pytest.mark.usefixtures("published_rules")


@pytest.fixture(autouse=True)
def _now(time_machine):
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def token():
    """Begin a check of somebody who lives in a dormitory and has a residence permit."""
    token = questionnaires.begin(as_of=None, now=NOW)
    for question, value in (
        ("target_township", COUNTY_STREET),
        ("housing", "dormitory"),
        ("has_residence_permit", True),
        ("hukou_place", "outside"),
        ("sponsor", "none"),
        ("graduate_status", "none"),
    ):
        questionnaires.answer(token, question=question, value=value, now=NOW, today=TODAY)
    return token


def read(token) -> Progress:
    return Progress(questionnaires.find(token, now=NOW), TODAY)


def publish_for_permit_holders() -> None:
    published(
        trial(
            code="permit-route",
            first="2026-11-01",
            condition=leaf("has_residence_permit", "is", True),
        )
    )


def test_nothing_is_offered_while_no_newer_rules_are_published(token):
    assert recheck_offer(read(token)) is None
    assert recheck_words(None) is None


def test_newer_rules_are_offered_with_what_changes_for_this_person(token):
    began_under = RulesetSnapshot.objects.first()
    publish_for_permit_holders()

    progress = read(token)
    offer = recheck_offer(progress)

    assert progress.ruleset.hash == began_under.hash  # the running check keeps its rules
    assert progress.check.verdict == "not_eligible"
    assert offer.changes_anything
    assert (offer.before.verdict, offer.after.verdict) == ("not_eligible", "eligible")
    [route] = offer.routes
    assert (route.rule.code, route.before, route.after) == ("permit-route", None, "met")
    with translation.override("en"):
        lines = recheck_words(offer).lines
    assert lines == (
        "Overall: “Not under today’s rules” so far, “You can register” by the newer rules.",
        "A trial: “there is no such way” so far, “Met” by the newer rules.",
    )


def test_accepting_goes_on_by_the_newer_rules(token):
    publish_for_permit_holders()

    accept_recheck(token, now=NOW)

    assert recheck_offer(read(token)) is None
    assert read(token).check.verdict == "eligible"
    assert Questionnaire.objects.get().ruleset == RulesetSnapshot.objects.first()


def test_rules_that_change_nothing_for_this_person_say_so(token):
    published(trial(code="permit-route", areas=["urban"], first="2026-11-01"))

    offer = recheck_offer(read(token))

    assert not offer.changes_anything
    assert recheck_words(offer).lines == ()


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_result_page_offers_the_recheck(client, token, language):
    publish_for_permit_holders()
    client.cookies["django_language"] = language

    page = client.get(reverse("check-result", args=[token])).content.decode()

    with translation.override(language):
        for line in recheck_words(recheck_offer(read(token))).lines:
            assert line in page
    assert reverse("check-renew", args=[token]) in page
    client.post(reverse("check-renew", args=[token]))
    assert read(token).check.verdict == "eligible"


@pytest.mark.parametrize(("sent", "agreed"), [({}, False), ({"agreed_to_impact": "yes"}, True)])
def test_a_receipt_is_used_to_measure_rules_only_if_its_holder_agrees(client, token, sent, agreed):
    page = client.get(reverse("check-result", args=[token])).content.decode()
    assert 'name="agreed_to_impact"' in page
    assert "checked" not in page.split('name="agreed_to_impact"')[1].split(">")[0]

    client.post(reverse("check-keep", args=[token]), sent)

    assert Receipt.objects.get().agreed_to_impact is agreed
    assert timezone.now() == NOW
