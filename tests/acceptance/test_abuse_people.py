"""Wrong ID numbers, decisions sent twice, and what a browser may keep of private pages."""

import pytest
from django.urls import reverse

from residence_permit.core.workflow import Status
from residence_permit.models import CaseEvent, PermitApplication, Person
from tests.acceptance.visitor import forms_of
from tests.acceptance.world import World

pytestmark = pytest.mark.django_db

GOOD = "11010519491231002X"  # the example of GB 11643
WRONG = {
    "check digit": "110105194912310021",
    "a day that was not": "110105199002300019",
    "fifteen digits": "110105491231002",
    "letters": "11010519491231002Y",
    "too long": GOOD + "0",
    "nothing": "",
    "a formula": "=1+1",
    "other digits": "١١٠١٠٥١٩٤٩١٢٣١٠٠٢X",
    "overrides": "\u202e110105194912310021",
}
ACCEPTED = {
    "small x": GOOD.lower(),
    "full width": "１１０１０５１９４９１２３１００２Ｘ",
    "spaces around it": f"  {GOOD} ",
}
PRIVATE = (
    ("residence-profile", "resident", ()),
    ("case-detail", "resident", ("own.case",)),
    ("case-step", "resident", ("own.draft", "ground")),
    ("inbox", "resident", ()),
    ("my-data", "resident", ()),
    ("my-data-readable", "resident", ()),
    ("permit-detail", "resident", ("own.permit",)),
    ("report-results", "reporter", ("reporting.batch",)),
    ("admin:workbench", "officer_here", ()),
    ("admin:workbench-case", "officer_here", ("own.case",)),
    ("admin:workbench-statistics", "supervisor", ()),
)


@pytest.fixture
def world(db, settings, tmp_path):
    settings.EVIDENCE_DIR = tmp_path
    return World()


def profile(number):
    return {"name": "王小明", "id_number": number, "hukou_place": "outside", "ethnicity": "汉族"}


@pytest.mark.parametrize("what", WRONG)
def test_a_wrong_id_number_is_named_and_the_rest_is_kept(world, what):
    client = world.client("resident")

    answer = client.post(reverse("residence-profile"), profile(WRONG[what]))

    said = answer.content.decode()
    assert answer.status_code == 422
    assert "身份证" in said
    assert 'aria-invalid="true"' in said
    assert 'value="王小明"' in said
    assert not Person.objects.exists()


@pytest.mark.parametrize("what", ACCEPTED)
def test_an_id_number_may_be_written_in_other_ways(world, what):
    client = world.client("resident")

    answer = client.post(reverse("residence-profile"), profile(ACCEPTED[what]))

    assert answer.status_code == 302
    assert Person.objects.get().id_number == GOOD


def test_a_decision_sent_again_decides_nothing_again(world):
    client, reference = world.client("supervisor"), world.value("own.awaiting")
    page = reverse("admin:workbench-case", args=[reference])
    shown = client.get(page).content.decode()
    [form] = [f for f in forms_of(page, shown) if f.action.endswith("/do/decide/")]
    sent = dict(form.filled(proposal="approve"))

    first = client.post(form.action, sent)
    events = CaseEvent.objects.filter(application__reference=reference).count()
    again = client.post(form.action, sent)

    case = PermitApplication.objects.get(reference=reference)
    assert (first.status_code, case.status) == (302, Status.APPROVED)
    assert again.status_code in (404, 409, 422)
    assert CaseEvent.objects.filter(application__reference=reference).count() == events


@pytest.mark.parametrize(("name", "role", "values"), PRIVATE)
def test_no_browser_keeps_a_private_page(world, name, role, values):
    world.value("own.me")
    path = reverse(name, args=[world.value(value) for value in values])

    answer = world.client(role).get(path)

    assert answer.status_code == 200
    assert "no-store" in answer.headers["Cache-Control"]
