"""A case as its applicant follows it: the page, corrections, decisions, status, bad input."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from jiaxing_hukou.audit.models import AuditEntry
from residence_permit.choices import CaseKind, CaseStatus
from residence_permit.core.workflow import Action, Status
from residence_permit.models import OfficeSetting
from residence_permit.services.transition import move
from tests.residence_permit.applicants import (
    ANSWERS,
    begin,
    complete,
    load_law,
    photo,
    resident,
    save,
    submit,
)
from tests.residence_permit.workbench import REFUSAL, account, case_in, office, officer, supervisor

pytestmark = pytest.mark.django_db

MOST_QUERIES = 12
SAME_ORIGIN = {"HTTP_ORIGIN": "http://testserver"}


@pytest.fixture(autouse=True)
def _law(db, settings, tmp_path):
    settings.EVIDENCE_DIR = tmp_path
    load_law()


@pytest.fixture
def now():
    """Return the moment of the pages: they read the clock themselves."""
    return timezone.now()


def page(client, case, name="case-detail", *more):
    client.force_login(case.applicant)
    return client.get(reverse(name, args=[case.reference, *more]))


def send(client, case, name, *more, **data):
    client.force_login(case.applicant)
    return client.post(reverse(name, args=[case.reference, *more]), data)


def text_of(response):
    return response.content.decode()


def asked_to_correct(now, *targets):
    case = case_in(Status.UNDER_REVIEW, case=complete(), now=now)
    move(
        Action.REQUEST_CORRECTION,
        application_id=case.pk,
        actor=case.holder,
        now=now,
        items=tuple((target, "请补正这一项。") for target in targets),
    )
    case.refresh_from_db()
    return case


# Where it stands


@pytest.mark.parametrize("status", list(Status))
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_state_has_a_page(client, status, language, now):
    client.cookies["django_language"] = language
    case = case_in(status, case=complete(), now=now)

    shown = page(client, case)

    assert shown.status_code == 200
    assert case.reference in text_of(shown) or status is Status.DRAFT


def test_the_deadline_explains_itself(client, now):
    case = case_in(Status.ACCEPTED, case=complete(), now=now)

    text = text_of(page(client, case))

    assert "第 15 个自然日" in text
    assert "居住证暂行条例》第九条" in text
    assert "办理部门定的" not in text


def test_an_extended_deadline_names_the_first_one(client, now):
    case = case_in(Status.AWAITING_DECISION, case=complete(), now=now)
    move(
        Action.EXTEND,
        application_id=case.pk,
        actor=supervisor(office().parent),
        now=now,
        reason="需要向学校核实。",
    )

    text = text_of(page(client, case))

    assert "第 30 个自然日" in text
    assert "已延长一次" in text
    assert "需要向学校核实。" in text


def test_a_limit_of_the_office_is_called_so_and_unknown_holidays_are_too(client, now):
    OfficeSetting.objects.create(code=OfficeSetting.Code.REPLACE_DAYS, value=5)
    issued = case_in(Status.ISSUED, case=complete())
    case = case_in(Status.ACCEPTED, case=complete(issued.person, CaseKind.REPLACE), now=now)

    text = text_of(page(client, case))

    assert "（办理部门定的）" in text
    assert "节假日还没有公布" in text


def test_where_nobody_has_set_a_limit_the_page_says_so(client, now):
    issued = case_in(Status.ISSUED, case=complete())
    case = case_in(Status.ACCEPTED, case=complete(issued.person, CaseKind.REPLACE), now=now)

    assert "法律没有规定期限，办理部门也没有定。" in text_of(page(client, case))


def test_what_is_recommended_is_not_told(client, now):
    case = case_in(Status.AWAITING_DECISION, case=complete(), now=now)

    text = text_of(page(client, case))

    assert "approve" not in text
    assert "批准" not in text
    assert case.events.get(action="recommend").actor.username not in text


# Corrections


def test_items_are_answered_one_by_one_and_sent_back(client, now):
    case = asked_to_correct(now, "step:ground", "evidence:lease", "address")
    ground, lease, address = case.correction_items.order_by("pk")

    listed = page(client, case)
    too_early = send(client, case, "case-resubmit")
    form = page(client, case, "case-item", ground.pk)
    send(
        client,
        case,
        "case-item",
        ground.pk,
        seen=form.context["seen"],
        ground="housing:rented_private",
    )
    nothing = send(client, case, "case-item", lease.pk)
    file = SimpleUploadedFile("租约.png", photo(9))
    send(client, case, "case-item", lease.pk, files=file)
    no_words = send(client, case, "case-item", address.pk)
    send(client, case, "case-item", address.pk, text="已经改好。")
    done = send(client, case, "case-resubmit")

    assert [row["answered"] for row in listed.context["items"]] == [False] * 3
    assert too_early.status_code == 302
    assert nothing.status_code == no_words.status_code == 422
    assert done.url == reverse("case-detail", args=[case.reference])
    case.refresh_from_db()
    assert case.status == CaseStatus.UNDER_REVIEW
    assert case.statements["ground"] == {"ground": "housing:rented_private"}
    assert case.evidence.filter(requirement="lease").count() == 1


def test_a_refused_file_for_an_item_is_explained_at_the_field(client, now):
    case = asked_to_correct(now, "evidence:lease")
    item = case.correction_items.get()

    response = send(
        client,
        case,
        "case-item",
        item.pk,
        files=SimpleUploadedFile("lease.pdf", b"not a pdf"),
        text="请看附件",
    )

    assert response.status_code == 422
    assert response.context["forms"]["files"].errors["files"]
    assert "请看附件" in text_of(response)
    item.refresh_from_db()
    assert item.answered_at is None


def test_an_item_that_is_closed_leads_back(client, now):
    case = asked_to_correct(now, "address")
    item = case.correction_items.get()
    send(client, case, "case-item", item.pk, text="好了")
    send(client, case, "case-resubmit")

    closed = page(client, case, "case-item", item.pk)
    foreign = page(client, complete(), "case-item", item.pk)

    assert closed.status_code == 302
    assert foreign.status_code == 404


# Withdraw, reconsideration, supervisor


def test_an_application_is_withdrawn_and_begun_anew(client, now):
    case = case_in(Status.SUBMITTED, case=complete(), now=now)

    asked = page(client, case, "case-withdraw")
    withdrawn = send(client, case, "case-withdraw", reason="")
    again = send(client, case, "case-again")
    draft = client.get(again.url)

    assert asked.status_code == 200
    assert withdrawn.status_code == 302
    assert draft.context["case"].status == CaseStatus.DRAFT
    assert draft.context["case"].statements == {"ground": ANSWERS["ground"]}


def test_an_accepted_application_cannot_be_withdrawn(client, now):
    case = case_in(Status.ACCEPTED, case=complete(), now=now)

    asked, sent = page(client, case, "case-withdraw"), send(client, case, "case-withdraw")

    assert asked.status_code == 302
    assert sent.status_code == 422
    assert reverse("case-withdraw", args=[case.reference]) not in text_of(page(client, case))


def test_the_letter_names_reasons_articles_and_remedies_with_their_days(client, now):
    case = case_in(Status.REFUSED, case=complete(), now=now)
    day = timezone.localdate(case.status_since)

    text = text_of(page(client, case, "case-decision"))

    until = day + timedelta(days=60)
    assert REFUSAL["reason"] in text
    assert REFUSAL["legal_basis"] in text
    assert f"{until.year}年{until.month}月{until.day}日" in text
    assert "行政诉讼" in text
    assert page(client, complete(), "case-decision").status_code == 404


def test_a_refusal_is_looked_at_again_once_and_with_reasons(client, now):
    case = case_in(Status.REFUSED, case=complete(), now=now)

    empty = send(client, case, "case-request-review", reason="")
    sent = send(client, case, "case-request-review", reason="合同已经续签。")
    twice = send(client, case, "case-request-review", reason="合同已经续签。")

    assert empty.status_code == 422
    assert sent.status_code == twice.status_code == 302
    assert case.events.filter(action="request_review").count() == 1


def test_a_late_case_can_be_brought_before_the_supervisor(client, now):
    late = case_in(Status.ACCEPTED, case=complete(), now=now - timedelta(days=20))
    young = case_in(Status.ACCEPTED, case=complete(), now=now)

    assert page(client, young, "case-escalate").status_code == 302
    assert reverse("case-escalate", args=[late.reference]) in text_of(page(client, late))
    assert send(client, late, "case-escalate", reason="已经超期。").status_code == 302
    assert late.events.filter(action="escalate").count() == 1


def test_the_receipt_becomes_the_acceptance_slip(client, now):
    submitted = case_in(Status.SUBMITTED, case=complete(), now=now)
    accepted = case_in(Status.ACCEPTED, case=complete(), now=now)

    assert "申请已提交" in text_of(page(client, submitted, "case-receipt"))
    assert "受理回执" in text_of(page(client, accepted, "case-receipt"))
    assert page(client, complete(), "case-receipt").status_code == 302


# Without an account


def ask(client, reference, proof):
    return client.post(reverse("case-status"), {"reference": reference, "proof": proof})


def test_the_status_is_told_to_who_has_number_and_proof(client, now):
    case = case_in(Status.ACCEPTED, case=complete(), now=now)
    number, born = case.person.id_number, case.person.birth_date
    typed = case.reference.replace("-", " ").lower()

    answers = [ask(client, typed, proof) for proof in (number[-4:].lower(), f"{born:%Y%m%d}")]

    for answer in answers:
        text = text_of(answer)
        assert "您的申请已受理。" in text
        assert case.person.name not in text
        assert number not in text
        assert case.registration.address not in text
        assert "no-store" in answer["Cache-Control"]
    assert AuditEntry.objects.filter(act="status_without_account").count() == 2


def test_a_wrong_pair_gets_one_answer_whatever_was_wrong(client, now):
    case = case_in(Status.SUBMITTED, case=complete(), now=now)
    draft = complete()
    unknown = "K7M2-9QX4-T3W8-5"

    wrong = [
        ask(client, case.reference, "0000"),
        ask(client, draft.reference, draft.person.id_number[-4:]),
    ]

    texts = {tuple(answer.context["form"].non_field_errors()) for answer in wrong}
    assert {answer.status_code for answer in wrong} == {422}
    assert len(texts) == 1
    assert ask(client, unknown, "0000").status_code == 422
    assert not AuditEntry.objects.filter(act="status_without_account").exists()


@pytest.mark.parametrize("rate", ["status", "status_case"])
def test_guessing_is_slowed_down(client, settings, rate, now):
    settings.RATES = settings.RATES | {rate: "3/m"}
    case = case_in(Status.SUBMITTED, case=complete(), now=now)

    codes = [
        client.post(
            reverse("case-status"),
            {"reference": case.reference, "proof": f"{number:04d}"},
            REMOTE_ADDR="192.0.2.1" if rate == "status" else f"192.0.2.{number}",
        ).status_code
        for number in range(1, 6)
    ]

    assert codes == [422, 422, 422, 429, 429]


def test_nothing_of_the_question_stands_in_an_address(client):
    assert client.get(reverse("case-status") + "?reference=X&proof=1234").status_code == 200


# The signed-in home


def test_the_home_shows_what_is_open_and_what_is_next(client, now):
    case = asked_to_correct(now, "address")
    draft = begin(resident())
    draft.applicant = case.applicant
    client.force_login(case.applicant)

    shown = client.get(reverse("my-portal"))

    assert [row["case"] for row in shown.context["open"]] == [case]
    assert shown.context["unread"] >= 1
    assert "最晚" in text_of(shown)


def test_a_new_account_is_told_what_comes_first(client):
    client.force_login(account())

    shown = client.get(reverse("my-portal"))

    assert "请先填写实名信息" in text_of(shown)


# Queries


def count(client, url, django_assert_max_num_queries):
    client.get(url)  # what every session does once
    with django_assert_max_num_queries(MOST_QUERIES):
        assert client.get(url).status_code == 200


@pytest.mark.parametrize("status", [Status.DRAFT, Status.CORRECTION_REQUESTED, Status.ACCEPTED])
def test_a_case_page_asks_little(client, status, now, django_assert_max_num_queries):
    case = case_in(status, case=complete(), now=now)
    client.force_login(case.applicant)

    count(client, reverse("case-detail", args=[case.reference]), django_assert_max_num_queries)


@pytest.mark.parametrize(
    ("name", "more"),
    [
        ("case-review", ()),
        ("case-step", ("who",)),
        ("case-step", ("ground",)),
        ("case-evidence", ("photo",)),
        ("case-delete", ()),
    ],
)
def test_a_page_of_a_draft_asks_little(client, name, more, django_assert_max_num_queries):
    case = complete()
    client.force_login(case.applicant)

    count(client, reverse(name, args=[case.reference, *more]), django_assert_max_num_queries)


def test_a_late_change_asks_little_and_items_do_not_add_up(
    client, now, django_assert_max_num_queries
):
    targets = ("step:ground", "evidence:lease", "evidence:photo", "address", "step:who")
    case = asked_to_correct(now, *targets)
    client.force_login(case.applicant)

    count(client, reverse("case-detail", args=[case.reference]), django_assert_max_num_queries)
    item = case.correction_items.first()
    url = reverse("case-item", args=[case.reference, item.pk])
    count(client, url, django_assert_max_num_queries)


def test_the_home_asks_little(client, now, django_assert_max_num_queries):
    case = case_in(Status.ISSUED, case=complete())
    for kind in (CaseKind.REPLACE, CaseKind.CHANGE, CaseKind.CANCEL):
        begin(case.person, kind)
    client.force_login(case.applicant)

    count(client, reverse("my-portal"), django_assert_max_num_queries)
    count(client, reverse("case-start"), django_assert_max_num_queries)


# Interrupted, and bad input


def test_what_was_typed_survives_the_end_of_a_session(client):
    case = begin(resident())
    url = reverse("case-step", args=[case.reference, "ground"])
    sent = {"seen": "x", "ground": "schooling", "note": "嘉兴学院"}

    kept = client.post(url, sent, **SAME_ORIGIN)

    assert kept.status_code == 403
    assert dict(kept.context["fields"]) == sent
    assert kept.context["action"] == url
    client.force_login(case.applicant)
    seen = client.get(url).context["seen"]
    assert client.post(url, sent | {"seen": seen}).status_code == 302


BAD = [
    "\0",
    "嘉\0兴",
    "a" * 1_000_000,
    "\u202e反\u202c",
    "=1+1",
    "<script>alert(1)</script>",
    "{{ 7 }}",
]


@pytest.mark.parametrize("bad", BAD, ids=range(len(BAD)))
def test_bad_text_is_refused_in_words_or_kept_as_text(client, bad, now):
    case = begin(resident())
    client.force_login(case.applicant)
    url = reverse("case-step", args=[case.reference, "ground"])
    seen = client.get(url).context["seen"]

    response = client.post(url, {"seen": seen, "ground": "schooling", "note": bad})

    case.refresh_from_db()
    if response.status_code == 302:
        shown = client.get(reverse("case-review", args=[case.reference]))
        assert "<script>alert" not in text_of(shown)
        assert "\u202e" not in case.statements["ground"]["note"]
    else:
        assert response.status_code == 422
        assert response.context["form"].errors["note"]
        assert response.context["form"]["note"].value() == bad
        assert case.statements == {}


@pytest.mark.parametrize(
    "body",
    [
        b"ground=%ED%A0%80&note=%ED%A0%80",
        b"ground=schooling&ground=housing%3Aowned&seen=1&seen=2",
        b"ground=\xce\xd2\xb5\xc4",  # GBK
        b"ground=employment:none",
        b"&".join(b"f%d=1" % number for number in range(10_000)),
        b"note=" + b"a" * 3_000_000,
    ],
)
def test_bad_bodies_never_break_a_page(client, body):
    case = begin(resident())
    client.force_login(case.applicant)
    client.raise_request_exception = False
    addresses = [
        reverse("case-step", args=[case.reference, "ground"]),
        reverse("case-start"),
        reverse("case-status"),
    ]

    for url in addresses:
        response = client.post(url, body, content_type="application/x-www-form-urlencoded")

        assert response.status_code < 500


def test_a_corrected_step_keeps_what_was_typed_when_another_tab_was_faster(client, now):
    case = asked_to_correct(now, "step:ground")
    item = case.correction_items.get()
    opened = page(client, case, "case-item", item.pk).context["seen"]
    save(case, "ground", {"ground": "schooling"}, now=now)

    response = send(
        client, case, "case-item", item.pk, seen=opened, ground="housing:owned", note="自有"
    )

    assert response.status_code == 422
    assert "自有" in text_of(response)


def test_an_officer_sees_no_applicants_page_of_others(client, now):
    case = submit(complete(), now=now)
    client.force_login(officer())

    response = client.get(reverse("case-detail", args=[case.reference]))

    assert response.status_code in (302, 404)


def test_words_alone_answer_an_item_about_a_paper(client, now):
    case = asked_to_correct(now, "evidence:lease")
    item = case.correction_items.get()

    response = send(client, case, "case-item", item.pk, text="房东不在本地，合同下周寄到。")

    assert response.status_code == 302
    item.refresh_from_db()
    assert item.answer == "房东不在本地，合同下周寄到。"
