"""The pages of an application, from the first one to the receipt; without JavaScript."""

from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from residence_permit.choices import CaseKind, CaseStatus
from residence_permit.core.workflow import Status
from residence_permit.models import PermitApplication
from tests.residence_permit.applicants import (
    ANSWERS,
    begin,
    complete,
    load_law,
    photo,
    resident,
    save,
    ward_of,
)
from tests.residence_permit.evidence.files import EICAR
from tests.residence_permit.workbench import account, case_in, person

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _law(db, settings, tmp_path):
    settings.EVIDENCE_DIR = tmp_path
    load_law()


def post(client, name, *args, query="", **data):
    return client.post(reverse(name, args=args) + query, data)


def file(number=0, name="photo.png"):
    return SimpleUploadedFile(name, photo(number), "image/png")


def signed_in(client, who):
    client.force_login(who.user)
    return client


def text_of(response):
    return response.content.decode()


# From the first page to the receipt


def test_from_the_first_page_to_the_receipt(client):
    who = resident()
    signed_in(client, who)

    begun = post(client, "case-start", kind="issue")
    case = PermitApplication.objects.get()
    ref = case.reference
    listed = client.get(begun.url)
    seen = listed.context["steps"][0]["url"]
    page = client.get(seen)
    to_ground = post(
        client, "case-step", ref, "who", seen=page.context["seen"], data_are_right="on"
    )
    page = client.get(to_ground.url)
    to_papers = post(
        client,
        "case-step",
        ref,
        "ground",
        seen=page.context["seen"],
        ground="employment:contract",
        note="嘉兴某某纺织有限公司",
    )
    url = to_papers.url
    for number in range(3):
        assert client.post(url, {"files": file(number)}).status_code == 302
        url = client.get(url).context["next_url"]
    review = client.get(url)
    submitted = client.post(url)
    receipt = client.get(submitted.url)

    assert begun.url == reverse("case-detail", args=[ref])
    assert review.context["missing"] == []
    assert review.context["conditions"].verdict == "met"
    assert submitted.url == reverse("case-receipt", args=[ref])
    assert ref in text_of(receipt)
    case.refresh_from_db()
    assert case.status == CaseStatus.SUBMITTED


def test_submitting_twice_leads_to_the_same_receipt(client):
    case = complete()
    signed_in(client, case.person)

    first, second = (post(client, "case-review", case.reference) for _ in range(2))
    back = client.get(reverse("case-review", args=[case.reference]))

    assert first.url == second.url == reverse("case-receipt", args=[case.reference])
    assert back.url == reverse("case-detail", args=[case.reference])
    assert case.events.count() == 1


def test_an_unfinished_application_says_what_is_missing(client):
    case = begin(resident())
    signed_in(client, case.person)

    response = post(client, "case-review", case.reference)

    assert response.status_code == 422
    assert len(response.context["missing"]) == 4
    assert "提交申请" not in text_of(response)


def test_a_missed_half_year_warns_and_lets_him_submit(client):
    who = resident()
    who.registrations.update(registered_on="2026-10-01")
    case = complete(who)
    signed_in(client, who)

    page = client.get(reverse("case-review", args=[case.reference]))

    assert page.context["conditions"].verdict == "not_yet"
    assert "2027年4月1日" in text_of(page)
    assert post(client, "case-review", case.reference).status_code == 302


# Begin


def test_who_has_no_profile_is_led_to_it(client):
    client.force_login(account())

    assert client.get(reverse("case-start")).context["no_profile"] is True


def test_who_is_not_registered_is_told_so(client):
    who = person(account())
    signed_in(client, who)

    response = post(client, "case-start", kind="issue")

    assert response.status_code == 422
    assert response.context["form"].errors["kind"] == [
        "请先申报居住登记。申领居住证的半年从申报那天算起。"
    ]


def test_the_kind_can_be_chosen_by_a_link(client):
    signed_in(client, resident())

    page = client.get(reverse("case-start") + "?kind=endorse")

    assert page.context["form"].initial["kind"] == "endorse"


def test_a_guardian_chooses_for_whom(client):
    guardian = resident()
    ward = ward_of(guardian, birth=date(2018, 5, 6), name="王小小")
    signed_in(client, guardian)

    nobody = post(client, "case-start", kind="issue")
    foreign = post(client, "case-start", kind="issue", person=resident().pk)
    post(client, "case-start", kind="issue", person=ward.pk)

    assert nobody.status_code == foreign.status_code == 422
    assert PermitApplication.objects.get().person == ward


def test_an_open_case_is_shown_instead_of_a_second_one(client):
    case = case_in(Status.SUBMITTED, case=complete())
    signed_in(client, case.person)

    response = post(client, "case-start", kind="issue")

    assert reverse("case-detail", args=[case.reference]) in text_of(response)


# One step


def test_a_second_tab_is_asked_which_version_is_right(client):
    case = begin(resident())
    signed_in(client, case.person)
    url = reverse("case-step", args=[case.reference, "ground"])
    seen = client.get(url).context["seen"]
    save(case, "ground", {"ground": "schooling", "note": "嘉兴学院"})

    asked = client.post(url, {"seen": seen, "ground": "housing:owned", "note": "自有住房"})
    [ground, note] = asked.context["rows"]
    carried = dict(asked.context["carried"])
    chosen = client.post(
        asked.context["action"],
        {**carried, "seen": asked.context["seen"], "keep-ground": "mine", "keep-note": "theirs"},
    )

    assert asked.status_code == 409
    assert (ground["mine"], note["theirs"]) == ("自有住房", "嘉兴学院")
    assert carried == {"mine-ground": "housing:owned", "mine-note": "自有住房"}
    assert chosen.status_code == 302
    case.refresh_from_db()
    assert case.statements["ground"] == {"ground": "housing:owned", "note": "嘉兴学院"}


def test_a_third_version_is_asked_about_again(client):
    case = begin(resident())
    signed_in(client, case.person)
    url = reverse("case-step", args=[case.reference, "ground"])
    seen = client.get(url).context["seen"]
    save(case, "ground", {"ground": "schooling"})
    asked = client.post(url, {"seen": seen, "ground": "housing:owned"})
    save(case, "ground", {"ground": "housing:dormitory"})

    again = client.post(
        asked.context["action"],
        {**dict(asked.context["carried"]), "seen": asked.context["seen"], "keep-ground": "mine"},
    )

    assert again.status_code == 409
    assert dict(again.context["carried"]) == {"mine-ground": "housing:owned"}


def test_a_day_in_three_parts_survives_two_versions(client):
    issued = case_in(Status.ISSUED, case=complete())
    case = begin(issued.person, CaseKind.CHANGE)
    signed_in(client, case.person)
    url = reverse("case-step", args=[case.reference, "change"])
    day = {"changed_on_year": "2026", "changed_on_month": "11", "changed_on_day": "3"}
    sent = {"changed": "both", "registration_is_right": "on", **day}
    seen = client.get(url).context["seen"]
    save(case, "change", ANSWERS["change"])

    asked = client.post(url, {"seen": seen, **sent})
    client.post(
        asked.context["action"],
        {
            **dict(asked.context["carried"]),
            "seen": asked.context["seen"],
            "keep-changed": "theirs",
            "keep-changed_on": "mine",
        },
    )

    case.refresh_from_db()
    assert case.statements["change"] == ANSWERS["change"] | {"changed_on": "2026-11-03"}


def test_changing_from_the_review_leads_back_to_it(client):
    case = complete()
    signed_in(client, case.person)
    url = reverse("case-step", args=[case.reference, "ground"])
    seen = client.get(url).context["seen"]

    response = client.post(f"{url}?from=review", {"seen": seen, "ground": "employment:contract"})

    assert response.url == reverse("case-review", args=[case.reference])


def test_an_unknown_step_and_a_submitted_one(client):
    case = complete()
    signed_in(client, case.person)
    unknown = client.get(reverse("case-step", args=[case.reference, "nothing"]))
    post(client, "case-review", case.reference)

    locked = post(client, "case-step", case.reference, "ground", ground="schooling")

    assert unknown.status_code == 404
    assert locked.url == reverse("case-detail", args=[case.reference])
    case.refresh_from_db()
    assert case.statements["ground"] == ANSWERS["ground"]


# Files


def test_a_refused_file_is_explained_at_the_field_and_the_good_one_kept(client):
    case = begin(resident())
    signed_in(client, case.person)

    bad = SimpleUploadedFile("lease.pdf", EICAR)
    response = post(client, "case-evidence", case.reference, "photo", files=[file(), bad])
    nothing = post(client, "case-evidence", case.reference, "photo")

    assert response.status_code == nothing.status_code == 422
    [text] = response.context["form"].errors["files"]
    assert text.startswith("第 2 个文件：")
    assert len(response.context["files"]) == case.evidence.count() == 1
    assert nothing.context["form"].errors["files"]


def test_too_many_files_are_refused_in_words(client, settings):
    settings.EVIDENCE_PER_REQUIREMENT = 1
    case = begin(resident())
    signed_in(client, case.person)
    post(client, "case-evidence", case.reference, "photo", files=file(0))

    response = post(client, "case-evidence", case.reference, "photo", files=file(1))

    assert response.context["form"].errors["files"] == [
        "这里已经有 1 个文件。请删除不需要的，或者把几页合成一个 PDF。"
    ]


def test_a_file_is_shown_to_its_owner_alone_and_removed(client):
    case = begin(resident())
    signed_in(client, case.person)
    post(client, "case-evidence", case.reference, "photo", files=file())
    row = case.evidence.get()
    url = reverse("case-file", args=[case.reference, row.pk])

    shown = client.get(url)
    client.force_login(account())
    foreign = client.get(url)
    signed_in(client, case.person)
    removed = post(client, "case-file-remove", case.reference, row.pk)

    assert shown["Content-Type"] == "image/png"
    assert "no-store" in shown["Cache-Control"]
    assert "sandbox" in shown["Content-Security-Policy"]
    assert foreign.status_code == 404
    assert removed.url == reverse("case-evidence", args=[case.reference, "photo"])
    assert client.get(url).status_code == 404


def test_while_the_scanner_is_away_the_file_is_named_and_not_shown(client, settings):
    settings.CLAMD = "unix:///nonexistent/clamd.ctl"
    case = begin(resident())
    signed_in(client, case.person)
    post(client, "case-evidence", case.reference, "photo", files=file())
    row = case.evidence.get()

    page = client.get(reverse("case-evidence", args=[case.reference, "photo"]))
    opened = client.get(reverse("case-file", args=[case.reference, row.pk]))

    assert row.shown_name in text_of(page)
    assert reverse("case-file", args=[case.reference, row.pk]) not in text_of(page).replace(
        reverse("case-file-remove", args=[case.reference, row.pk]), ""
    )
    assert opened.status_code == 302


def test_nobody_uploads_for_what_is_not_asked(client):
    case = begin(resident())
    signed_in(client, case.person)

    assert client.get(reverse("case-evidence", args=[case.reference, "lease"])).status_code == 404


# Delete


def test_a_draft_is_deleted_after_asking(client):
    case = complete()
    signed_in(client, case.person)

    asked = client.get(reverse("case-delete", args=[case.reference]))
    done = post(client, "case-delete", case.reference)

    assert asked.status_code == 200
    assert done.url == reverse("my-portal")
    assert not PermitApplication.objects.exists()


# Strangers, and who is not signed in

PAGES = [
    ("case-detail", ()),
    ("case-step", ("who",)),
    ("case-evidence", ("photo",)),
    ("case-file", (1,)),
    ("case-file-remove", (1,)),
    ("case-review", ()),
    ("case-receipt", ()),
    ("case-decision", ()),
    ("case-item", (1,)),
    ("case-resubmit", ()),
    ("case-withdraw", ()),
    ("case-request-review", ()),
    ("case-escalate", ()),
    ("case-delete", ()),
    ("case-again", ()),
]


@pytest.mark.parametrize(("name", "more"), PAGES)
@pytest.mark.parametrize("method", ["get", "post"])
def test_another_persons_case_does_not_exist(client, name, more, method):
    case = begin(resident())
    signed_in(client, resident())

    response = getattr(client, method)(reverse(name, args=[case.reference, *more]))

    assert response.status_code in (404, 405)
    case.refresh_from_db()
    assert case.status == CaseStatus.DRAFT


@pytest.mark.parametrize(("name", "more"), [*PAGES, ("my-portal", None), ("case-start", None)])
def test_who_is_not_signed_in_is_asked_to(client, name, more):
    args = [] if more is None else ["K7M2-9QX4-T3W8-5", *more]

    response = client.get(reverse(name, args=args))

    assert response.status_code == 302
    assert response.url.startswith(reverse("account_login"))
