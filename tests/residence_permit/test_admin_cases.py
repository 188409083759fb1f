"""The case page: who sees it, what can be done there, what is recorded."""

from datetime import timedelta

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from jiaxing_hukou.accounts.roles import Role as UserRole
from jiaxing_hukou.audit.models import AuditEntry
from residence_permit.choices import CaseKind, CaseStatus
from residence_permit.core.workflow import Status
from residence_permit.models import Evidence, Person
from residence_permit.services import review
from tests.accounts import next_code, sign_in_staff
from tests.residence_permit import applicants
from tests.residence_permit.desk_pages import at, foreign_case, posted, seen
from tests.residence_permit.workbench import (
    OTHER_TOWNSHIP,
    case_in,
    draft,
    office,
    officer,
    staff,
    supervisor,
)

pytestmark = pytest.mark.django_db
# Three of them write the look into the log; five ask anew who the officer is and what he may.
CASE_PAGE_QUERIES = 20


@pytest.fixture
def now():
    return timezone.now()


def test_the_case_page_shows_statement_evidence_timeline_and_desk(client, now):
    me = officer()
    case = case_in(Status.UNDER_REVIEW, by=me, now=now)
    sign_in_staff(client, me)

    page = client.get(at("case", case.reference))

    assert page.status_code == 200
    assert case.person.name in page.text
    assert case.person.id_number not in page.text
    assert [act.action for act in page.context["acts"]] == [
        "request_correction",
        "accept",
        "take_over",
        "escalate",
    ]


def test_a_foreign_case_does_not_exist(client, now):
    case = foreign_case(now)
    sign_in_staff(client, officer())
    reference = case.reference
    numbers = (case.pk, 1)

    answers = [
        client.get(at("case", reference)),
        client.get(at("letter", reference)),
        client.get(at("file", reference, 1)),
        posted(client, "act", reference, "claim", seen=1),
        posted(client, "number", reference, reason="document"),
        *(
            client.get(reverse(f"admin:residence_permit_permitapplication_{page}", args=(pk,)))
            for page in ("change", "history")
            for pk in numbers
        ),
    ]

    assert {answer.status_code for answer in answers} == {404}
    case.refresh_from_db()
    assert case.status == CaseStatus.SUBMITTED


def test_who_is_no_officer_is_not_let_in(client, now):
    case = case_in(Status.SUBMITTED, now=now)
    auditor = staff(UserRole.AUDITOR)
    sign_in_staff(client, auditor)

    for name, args in (("", ()), ("case", (case.reference,)), ("statistics", ())):
        assert client.get(at(name, *args)).status_code == 403
    assert posted(client, "next").status_code == 403


def test_nothing_in_the_admin_edits_a_case_a_permit_or_a_registration(client, now):
    boss = supervisor()
    case = case_in(Status.ISSUED, now=now)
    sign_in_staff(client, boss)

    for model, pk in (
        ("permitapplication", case.pk),
        ("permit", case.permit_id),
        ("residenceregistration", case.registration_id),
    ):
        name = f"admin:residence_permit_{model}"
        edited = client.post(reverse(f"{name}_change", args=(pk,)), {"status": "refused"})
        assert edited.status_code in (302, 403)
        assert client.get(reverse(f"{name}_add")).status_code in (403, 404)
        assert client.post(reverse(f"{name}_delete", args=(pk,))).status_code in (403, 404)
    case.refresh_from_db()
    assert case.status == CaseStatus.ISSUED


@pytest.mark.parametrize("model", ["permit", "residenceregistration"])
def test_permits_and_registrations_are_seen_within_reach_and_the_look_is_recorded(
    client, now, model
):
    case = case_in(Status.ISSUED, now=now)
    pk = case.permit_id if model == "permit" else case.registration_id
    change = reverse(f"admin:residence_permit_{model}_change", args=(pk,))
    sign_in_staff(client, officer())

    page = client.get(change)
    listed = client.get(reverse(f"admin:residence_permit_{model}_changelist"))

    assert page.status_code == listed.status_code == 200
    assert case.person.id_number not in page.text
    assert AuditEntry.objects.filter(act__startswith="view_", person_id=case.person_id).exists()
    sign_in_staff(client, officer(office(OTHER_TOWNSHIP)))
    assert client.get(change).status_code == 404
    foreign = client.get(reverse(f"admin:residence_permit_{model}_changelist"))
    assert foreign.context["cl"].result_count == 0


def test_every_look_at_a_case_is_recorded(client, now):
    me = officer()
    case = case_in(Status.SUBMITTED, now=now)
    sign_in_staff(client, me)

    client.get(at("case", case.reference))

    entry = AuditEntry.objects.get(act="view_case")
    assert (entry.actor_id, entry.subject, entry.person_id) == (
        me.pk,
        f"case:{case.pk}",
        case.person_id,
    )


def test_an_act_moves_the_case_and_says_so(client, now):
    me = officer()
    case = case_in(Status.UNDER_REVIEW, by=me, now=now)
    sign_in_staff(client, me)

    answer = posted(client, "act", case.reference, "accept", **seen(client, case))

    assert answer.status_code == 302
    case.refresh_from_db()
    assert case.status == CaseStatus.ACCEPTED


def test_corrections_are_asked_for_item_by_item(client, now):
    me = officer()
    case = case_in(Status.UNDER_REVIEW, by=me, now=now)
    sign_in_staff(client, me)
    data = {"item-step:ground": "请写明用人单位。", "item-evidence:employment": "请补合同。"}

    posted(client, "act", case.reference, "request_correction", **seen(client, case), **data)

    case.refresh_from_db()
    assert case.status == CaseStatus.CORRECTION_REQUESTED
    assert dict(case.correction_items.values_list("target", "text")) == {
        "step:ground": "请写明用人单位。",
        "evidence:employment": "请补合同。",
    }


def test_an_act_that_the_state_does_not_allow_keeps_what_was_typed(client, now):
    me = officer()
    case = case_in(Status.SUBMITTED, now=now)
    sign_in_staff(client, me)

    answer = posted(client, "act", case.reference, "escalate", seen=1, reason="没有进展。")

    assert answer.status_code == 409
    assert "没有进展。" in answer.text
    case.refresh_from_db()
    assert case.events_count == 1


@pytest.mark.parametrize("reason", ["", "\u202e反", "x" * 1001])
def test_a_reason_that_cannot_be_kept_is_refused_at_its_field(client, now, reason):
    me = officer()
    case = case_in(Status.ACCEPTED, by=me, now=now)
    sign_in_staff(client, me)

    answer = posted(client, "act", case.reference, "escalate", **seen(client, case), reason=reason)

    assert answer.status_code == 422
    assert answer.context["failed"].errors["reason"]


def test_whoever_was_slower_sees_what_changed_and_keeps_what_he_typed(client, now):
    me, boss = officer(), supervisor()
    case = case_in(Status.ACCEPTED, by=me, now=now)
    sign_in_staff(client, me)
    old = seen(client, case)
    review.extend(application_id=case.pk, actor=boss, now=now, reason="制证设备故障。")

    answer = posted(client, "act", case.reference, "escalate", **old, reason="没有进展。")

    assert answer.status_code == 409
    changed = [row.label for row in answer.context["rows"] if row.differs]
    assert changed == ["办理期限"]
    assert answer.context["typed"] == [("理由", "没有进展。")]
    assert "制证设备故障。" in answer.text
    again = {"seen": answer.context["seen"], "shown": answer.context["shown"]}
    posted(client, "act", case.reference, "escalate", **again, **dict(answer.context["kept"]))
    assert case.events.last().reason == "没有进展。"


def test_a_decision_that_is_sent_twice_happens_once(client, now):
    boss = supervisor()
    case = case_in(Status.AWAITING_DECISION, now=now)
    sign_in_staff(client, boss)
    data = seen(client, case) | {"proposal": "approve"}

    first = posted(client, "act", case.reference, "decide", **data)
    second = posted(client, "act", case.reference, "decide", **data)

    assert (first.status_code, second.status_code) == (302, 409)
    assert second.context["possible"] is False
    assert case.events.filter(action="decide").count() == 1


def test_deciding_and_unmasking_ask_for_a_code_and_lose_nothing(client, now):
    boss = supervisor()
    case = case_in(Status.AWAITING_DECISION, now=now)
    sign_in_staff(client, boss, seconds_ago=3600)
    data = {"seen": 4, "proposal": "refuse", "ground": "ground_not_proved", "reason": "已到期。"}

    asked = posted(client, "act", case.reference, "decide", **data)
    hidden = posted(client, "number", case.reference, reason="document")

    kept = dict(asked.context["fields"])
    assert kept == {name: str(value) for name, value in data.items()}
    assert case.person.id_number not in hidden.text
    assert not AuditEntry.objects.filter(act="unmask_id_number").exists()
    letter = posted(
        client, "act", case.reference, "decide", **kept, second_factor_code=next_code(boss)
    )
    case.refresh_from_db()
    assert case.status == CaseStatus.AWAITING_DECISION
    assert letter.context["letter"].legal_basis.startswith("《居住证暂行条例》第二条")
    posted(client, "act", case.reference, "decide", **dict(letter.context["kept"]), confirmed=1)
    case.refresh_from_db()
    assert case.status == CaseStatus.REFUSED
    assert "已到期。" in client.get(at("letter", case.reference)).text


def test_an_id_number_is_shown_once_for_a_reason(client, now):
    me = officer()
    case = case_in(Status.SUBMITTED, now=now)
    sign_in_staff(client, me)

    without = posted(client, "number", case.reference)
    shown = posted(client, "number", case.reference, reason="duplicate")
    after = client.get(at("case", case.reference))

    assert without.status_code == 422
    assert case.person.id_number not in without.text + after.text
    assert case.person.id_number in shown.text
    assert AuditEntry.objects.get(act="unmask_id_number").details == {"reason": "duplicate"}


def test_nobody_but_a_supervisor_is_offered_the_decision(client, now):
    me, boss = officer(), supervisor()
    case = case_in(Status.AWAITING_DECISION, by=me, now=now)
    sign_in_staff(client, me)

    mine = client.get(at("case", case.reference)).context["acts"]
    answer = posted(client, "act", case.reference, "decide", seen=4, proposal="approve")

    assert [act.action for act in mine] == ["escalate"]
    assert answer.status_code == 409
    sign_in_staff(client, boss)
    theirs = client.get(at("case", case.reference)).context["acts"]
    assert [act.action for act in theirs] == ["decide", "extend"]


def test_files_are_opened_with_a_trace_and_held_ones_are_not_shown(client, now):
    me = officer()
    applicants.load_law(now)
    case = case_in(Status.SUBMITTED, case=applicants.complete(now=now), now=now)
    other = case_in(Status.SUBMITTED, now=now)
    ready, held = case.evidence.order_by("pk")[:2]
    Evidence.objects.filter(pk=held.pk).update(state=Evidence.State.HELD)
    sign_in_staff(client, me)

    opened = client.get(at("file", case.reference, ready.pk))
    closed = client.get(at("file", case.reference, held.pk))

    assert opened.headers["Content-Type"] == "image/png"
    assert "sandbox" in opened.headers["Content-Security-Policy"]
    assert closed.status_code == 409
    assert client.get(at("file", other.reference, ready.pk)).status_code == 404
    assert AuditEntry.objects.filter(act="open_evidence").count() == 1


@pytest.mark.parametrize("more", [0, 3])
def test_a_case_costs_the_same_however_much_happened_and_was_handed_in(
    client, now, more, django_assert_num_queries
):
    me = officer()
    applicants.load_law(now)
    case = case_in(Status.ACCEPTED, case=applicants.complete(now=now), by=me, now=now)
    for number in range(more):
        review.take_over(application_id=case.pk, actor=me, now=now + timedelta(minutes=9))
        Evidence.objects.create(
            application=case,
            requirement="other",
            storage_name=f"{number}",
            shown_name="附件.pdf",
            kind="pdf",
            size=1000,
            sha256=f"{number}",
            state=Evidence.State.READY,
            uploaded_by=case.applicant,
            uploaded_at=now,
        )
        other = draft(CaseKind.REISSUE, who=case.person, now=now)
        case_in(Status.WITHDRAWN, case=other, now=now)
    sign_in_staff(client, me)
    client.get(at(""))

    with django_assert_num_queries(CASE_PAGE_QUERIES - (connection.vendor == "sqlite")):
        page = client.get(at("case", case.reference))

    assert len(page.context["events"]) == 3 + more


def test_what_people_typed_is_shown_as_text(client, now):
    me = officer()
    case = case_in(Status.ACCEPTED, by=me, now=now)
    typed = "<script>alert(1)</script>"
    Person.objects.filter(pk=case.person_id).update(name=typed)
    review.escalate(application_id=case.pk, actor=me, now=now, reason=typed)
    sign_in_staff(client, me)

    page = client.get(at("case", case.reference))

    assert typed not in page.text
    assert page.text.count("&lt;script&gt;alert(1)&lt;/script&gt;") >= 2
