"""Drafting, submitting, correcting and following a case, as the applicant does it."""

from datetime import date, timedelta

import pytest

from jiaxing_hukou.audit.models import AuditEntry
from residence_permit import selectors_case
from residence_permit.choices import CaseKind, CaseStatus
from residence_permit.core import steps
from residence_permit.core.workflow import (
    Action,
    MoveForbidden,
    MoveImpossible,
    MoveIncomplete,
    MoveTooEarly,
    MoveTooLate,
    Status,
)
from residence_permit.models import CorrectionItem, Evidence, PermitApplication
from residence_permit.services import applications
from residence_permit.services.applications import (
    ApplicationError,
    NotReady,
    StepChanged,
    StepRefused,
    stamp,
)
from residence_permit.services.assessment import assess
from residence_permit.services.evidence import EvidenceNotTaken
from residence_permit.services.transition import move
from tests.residence_permit.applicants import (
    ANSWERS,
    attach,
    begin,
    complete,
    load_law,
    photo,
    resident,
    save,
    submit,
    ward_of,
)
from tests.residence_permit.workbench import (
    NOW,
    account,
    case_in,
    office,
    officer,
    person,
    registered,
)

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(days=1)


@pytest.fixture(autouse=True)
def _law(db, settings, tmp_path):
    settings.EVIDENCE_DIR = tmp_path
    load_law()


def refused(error_code, call, **given):
    with pytest.raises(ApplicationError) as caught:
        call(**given)
    assert caught.value.code == error_code
    return caught.value


# Begin


def test_a_draft_is_begun_once():
    who = resident()

    first, second = begin(who), begin(who)

    assert first == second
    assert (first.status, first.person, first.station) == ("draft", who, office())
    assert AuditEntry.objects.filter(act="start_draft", subject=f"case:{first.pk}").count() == 1


def test_what_is_missing_before_the_first_draft_is_named():
    user = account()
    stranger = resident()
    profiled = person(account())

    refused("no_profile", begin, who=stranger, actor=user)
    refused("not_for_him", begin, who=stranger, actor=resident().user)
    refused("no_registration", begin, who=profiled)
    refused("no_permit", begin, who=stranger, kind=CaseKind.ENDORSE)


def test_a_child_with_an_account_needs_its_guardian():
    child = resident(birth=date(2012, 5, 6))
    guardian = resident()
    ward = ward_of(guardian, birth=date(2018, 5, 6))

    refused("needs_guardian", begin, who=child)
    case = begin(ward, actor=guardian.user)

    assert (case.applicant, case.person) == (guardian.user, ward)
    assert selectors_case.applied_by(case) == "guardian"


def test_who_holds_a_permit_cannot_get_a_second_one():
    issued = case_in(Status.ISSUED, case=complete())

    refused("has_permit", begin, who=issued.person)
    draft = begin(issued.person, CaseKind.REPLACE)

    assert draft.permit == issued.person.permits.get()


def test_a_second_application_leads_to_the_one_that_is_open():
    case = case_in(Status.SUBMITTED, case=complete())

    error = refused("other_case_open", begin, who=case.person)

    assert error.params == {"reference": case.reference}


# Step by step


def test_a_step_is_kept_and_completes():
    case = begin(resident())

    save(case, "ground", ANSWERS["ground"])

    case.refresh_from_db()
    assert case.statements == {"ground": ANSWERS["ground"]}
    assert case.revision == 2
    first = assess(case=case, now=NOW).problems[0]
    assert (first.kind, first.name) == ("step", "who")


@pytest.mark.parametrize(
    ("step", "answers", "wrong"),
    [
        ("who", {}, [("data_are_right", "required")]),
        ("who", {"data_are_right": "yes"}, [("data_are_right", "required")]),
        ("ground", {"ground": "employment:none"}, [("ground", "not_a_choice")]),
        ("ground", {"ground": "schooling", "note": "好" * 501}, [("note", "too_long")]),
        ("ground", {"ground": "schooling", "note": 7}, [("note", "text_expected")]),
        ("ground", {"ground": "schooling", "age": 7}, [("age", "unknown_member")]),
    ],
)
def test_an_answer_that_does_not_fit_is_named(step, answers, wrong):
    case = begin(resident())

    with pytest.raises(StepRefused) as caught:
        save(case, step, answers)

    assert [(error.field, error.code) for error in caught.value.errors] == wrong


@pytest.mark.parametrize(
    ("day", "code"),
    [
        ("2026-11-26", "future"),
        ("2026-11-25", None),
        ("2026-02-30", "date_expected"),
        (7, "date_expected"),
    ],
)
def test_the_day_of_a_change_is_not_in_the_future(day, code):
    answers = ANSWERS["change"] | {"changed_on": day}

    found = steps.refusals(steps.CHANGE, answers, NOW.date())

    assert [error.code for error in found] == ([code] if code else [])


def test_two_tabs_never_overwrite_each_other():
    case = begin(resident())
    opened = stamp(case, "ground")
    save(case, "ground", {"ground": "schooling"})

    with pytest.raises(StepChanged) as caught:
        save(case, "ground", {"ground": "housing:owned"}, seen=opened)

    assert caught.value.mine == {"ground": "housing:owned"}
    assert caught.value.theirs == {"ground": "schooling"}
    case.refresh_from_db()
    assert case.statements["ground"] == {"ground": "schooling"}
    save(case, "ground", {"ground": "housing:owned"}, seen=caught.value.seen)
    case.refresh_from_db()
    assert case.statements["ground"] == {"ground": "housing:owned"}


def test_two_tabs_on_two_steps_do_not_stand_in_each_others_way():
    case = begin(resident())
    opened = stamp(case, "who")
    save(case, "ground", {"ground": "schooling"})

    save(case, "who", ANSWERS["who"], seen=opened)

    case.refresh_from_db()
    assert set(case.statements) == {"who", "ground"}


def test_the_same_answers_again_change_nothing():
    case = begin(resident())
    opened = stamp(case, "ground")
    save(case, "ground", {"ground": "schooling"})

    save(case, "ground", {"ground": "schooling"}, seen=opened)

    case.refresh_from_db()
    assert case.revision == 2
    assert AuditEntry.objects.filter(act="save_step").count() == 1


def test_another_persons_case_does_not_exist():
    case, stranger = complete(), account()
    given = {"application_id": case.pk, "actor": stranger, "now": NOW}

    for call, more in (
        (applications.save_step, {"step": "who", "answers": {}, "seen": ""}),
        (applications.submit_application, {}),
        (applications.delete_draft, {}),
        (applications.copy_closed, {}),
        (applications.resubmit, {}),
        (applications.withdraw, {}),
        (applications.request_review, {"reason": "x"}),
        (applications.escalate, {"reason": "x"}),
    ):
        with pytest.raises(PermitApplication.DoesNotExist):
            call(**given, **more)
    with pytest.raises(PermitApplication.DoesNotExist):
        attach(case, "photo", actor=stranger)


# What is to be proved


@pytest.mark.parametrize(
    ("ground", "papers"),
    [
        ("employment:contract", ["labour_contract"]),
        ("employment:self_employed", ["business_licence"]),
        ("employment:public_sector", ["employers_statement"]),
        ("housing:owned", ["title_deed"]),
        ("housing:rented_public", ["lease"]),
        ("housing:dormitory", ["lodging_statement"]),
        ("housing:with_relatives", ["other_address_proof"]),
        ("schooling", ["student_card"]),
        ("exempt:talent", []),
    ],
)
@pytest.mark.parametrize("since", [date(2026, 1, 5), date(2026, 11, 24)])
def test_the_papers_follow_the_ground_and_not_the_day(ground, papers, since):
    who = person(account())
    registered(who, since=since)
    case = begin(who)
    save(case, "ground", {"ground": ground})
    case.refresh_from_db()

    needed = assess(case=case, now=NOW).needed

    assert [one.code for one in needed if one.required] == ["identity_document", "photo", *papers]
    assert [one.code for one in needed if not one.required] == ["other"]


def test_who_acts_for_a_child_shows_his_own_identity_document_too():
    guardian = resident()
    case = begin(ward_of(guardian, birth=date(2018, 5, 6)), actor=guardian.user)
    save(case, "ground", {"ground": "schooling"})
    case.refresh_from_db()

    codes = [one.code for one in assess(case=case, now=NOW).needed if one.required]

    assert codes == ["identity_document", "photo", "agents_identity_document", "student_card"]


def test_no_paper_is_demanded_where_no_text_lists_one():
    issued = case_in(Status.ISSUED, case=complete())
    case = begin(issued.person, CaseKind.REPLACE)

    assert [(one.code, one.required) for one in assess(case=case, now=NOW).needed] == [
        ("photo", False),
        ("other", False),
    ]


# Submit


def test_an_application_is_submitted_once():
    case = complete()

    first = submit(case)
    again = submit(case, now=LATER)

    assert first.status == again.status == CaseStatus.SUBMITTED
    assert again.submitted_at == NOW
    assert [event.action for event in case.events.all()] == ["submit"]
    assert case.notices.filter(template="case-submit", channel="in_app").count() == 1
    case.refresh_from_db()
    assert case.assessment["verdict"] == "met"
    assert case.assessment["provision"] == "residence-permit@2016"


def test_what_is_missing_is_named_all_at_once():
    case = begin(resident())

    with pytest.raises(NotReady) as caught:
        submit(case)

    assert [(problem.kind, problem.name) for problem in caught.value.problems] == [
        ("step", "who"),
        ("step", "ground"),
        ("evidence", "identity_document"),
        ("evidence", "photo"),
    ]
    case.refresh_from_db()
    assert case.status == CaseStatus.DRAFT


def test_unmet_conditions_do_not_forbid_to_apply():
    who = person(account())
    registered(who, since=date(2026, 10, 1))
    case = complete(who)

    judged = assess(case=case, now=NOW).judged
    submit(case)

    assert judged.earliest_date == date(2027, 4, 1)
    case.refresh_from_db()
    assert case.status == CaseStatus.SUBMITTED
    assert case.assessment["earliest_date"] == "2027-04-01"


def test_a_registration_that_ended_stands_against_it():
    case = complete()
    case.registration.status, case.registration.ended_on = "ended", NOW.date()
    case.registration.save()

    with pytest.raises(NotReady) as caught:
        submit(case)

    assert [p.name for p in caught.value.problems] == ["no_registration"]


def test_a_case_goes_to_the_office_where_the_person_is_registered_now():
    case = complete()
    case.registration.status, case.registration.ended_on = "ended", NOW.date()
    case.registration.save()
    registered(case.person, township="330402011")

    submit(case)

    case.refresh_from_db()
    assert (case.station, case.township_code) == (office("330402011"), "330402011")


def test_who_no_longer_acts_for_somebody_cannot_submit():
    guardian = resident()
    case = complete(ward_of(guardian, birth=date(2018, 5, 6)), actor=guardian.user)
    guardian.wards.update(ended_at=NOW)

    with pytest.raises(NotReady) as caught:
        submit(case)

    assert [p.name for p in caught.value.problems] == ["relation_ended"]


def test_a_strangers_number_does_not_tell_whether_it_has_a_permit():
    stranger = case_in(Status.ISSUED, case=complete()).person
    stranger.registrations.update(status="ended", ended_on=NOW.date())
    guardian = resident()
    ward = ward_of(
        guardian, "near_relative", birth=stranger.birth_date, id_number=stranger.id_number
    )
    case = complete(ward, actor=guardian.user)

    assert assess(case=case, now=NOW).obstacle is None
    submit(case)

    case.refresh_from_db()
    assert case.status == CaseStatus.SUBMITTED


def test_an_endorsement_outside_its_window_is_not_taken_and_says_when():
    issued = case_in(Status.ISSUED, case=complete())
    case = complete(issued.person, CaseKind.ENDORSE)

    with pytest.raises(MoveForbidden) as caught:
        submit(case)

    assert caught.value.code == "outside_window"
    assert caught.value.params["opens"] == date(2027, 10, 25)
    case.refresh_from_db()
    assert case.status == CaseStatus.DRAFT


def test_an_endorsement_in_its_window_is_submitted():
    issued = case_in(Status.ISSUED, case=complete())
    window = NOW.replace(year=2027, day=1)
    case = complete(issued.person, CaseKind.ENDORSE, now=window)

    submit(case, now=window)

    case.refresh_from_db()
    assert case.status == CaseStatus.SUBMITTED


@pytest.mark.parametrize(
    "kind", [CaseKind.CHANGE, CaseKind.REPLACE, CaseKind.REISSUE, CaseKind.CANCEL]
)
def test_every_other_kind_is_carried_out(kind):
    issued = case_in(Status.ISSUED, case=complete())

    case = case_in(Status.ISSUED, case=complete(issued.person, kind))

    assert case.permit.events.order_by("-number").first().entry == kind


# After it was submitted


def test_what_was_submitted_is_locked():
    case = case_in(Status.UNDER_REVIEW, case=complete())
    attached = case.evidence.first()

    refused("locked", save, case=case, step="ground", answers=ANSWERS["ground"])
    refused(
        "locked",
        applications.delete_draft,
        application_id=case.pk,
        actor=case.applicant,
        now=NOW,
    )
    with pytest.raises(EvidenceNotTaken, match="locked"):
        attach(case, attached.requirement, content=photo(77))


def correct(case, *items):
    """Let an officer ask for these things."""
    case = case_in(Status.UNDER_REVIEW, case=case)
    move(
        Action.REQUEST_CORRECTION,
        application_id=case.pk,
        actor=case.holder,
        now=NOW + timedelta(minutes=5),
        items=tuple((target, "请补正。") for target in items),
    )
    case.refresh_from_db()
    return case, {item.target: item for item in case.correction_items.all()}


def answer(item, *, now=LATER, actor=None, **given):
    return applications.answer_item(
        item_id=item.pk, actor=actor or item.application.applicant, now=now, **given
    )


def test_only_what_was_asked_for_unlocks():
    case, items = correct(complete(), "step:ground", "evidence:lease")

    refused("locked", save, case=case, step="who", answers=ANSWERS["who"])
    with pytest.raises(EvidenceNotTaken, match="locked"):
        attach(case, "photo", content=photo(77), now=LATER)
    save(case, "ground", {"ground": "housing:rented_private"}, now=LATER)
    new = attach(case, "lease", now=LATER)

    assert new.state == Evidence.State.READY
    assert set(items) == {"step:ground", "evidence:lease"}


def test_items_are_answered_one_by_one_and_then_sent_back_once():
    case, items = correct(complete(), "step:ground", "evidence:lease", "address")
    given = {"application_id": case.pk, "actor": case.applicant, "now": LATER}

    answer(
        items["step:ground"],
        answers={"ground": "housing:rented_private"},
        seen=stamp(case, "ground"),
    )
    with pytest.raises(MoveIncomplete):
        applications.resubmit(**given)
    attach(case, "lease", now=LATER)
    answer(items["evidence:lease"])
    refused("nothing_new", answer, item=items["address"])
    answer(items["address"], text=" 已在居住登记里改好。 ")
    applications.resubmit(**given)
    applications.resubmit(**given)

    case.refresh_from_db()
    assert case.status == CaseStatus.UNDER_REVIEW
    assert [e.action for e in case.events.all()][-2:] == ["request_correction", "resubmit"]
    assert case.correction_items.get(target="address").answer == "已在居住登记里改好。"
    refused("locked", answer, item=items["address"], text="再改")


def test_an_old_file_answers_no_request_for_a_new_one():
    _case, items = correct(complete(), "evidence:labour_contract")

    refused("nothing_new", answer, item=items["evidence:labour_contract"])
    answer(items["evidence:labour_contract"], text="原合同仍在有效期内，到2027年5月。")

    assert CorrectionItem.objects.get(pk=items["evidence:labour_contract"].pk).answered_at == LATER


def test_an_item_of_another_person_does_not_exist():
    _case, items = correct(complete(), "address")

    with pytest.raises(CorrectionItem.DoesNotExist):
        answer(items["address"], actor=account(), text="x")


def test_a_corrected_step_is_guarded_against_a_second_tab():
    case, items = correct(complete(), "step:ground")
    opened = stamp(case, "ground")
    answer(items["step:ground"], answers={"ground": "schooling"}, seen=opened)

    with pytest.raises(StepChanged):
        answer(items["step:ground"], answers={"ground": "housing:owned"}, seen=opened)


def test_withdrawing_is_possible_until_acceptance_and_happens_once():
    case = case_in(Status.UNDER_REVIEW, case=complete())
    given = {"application_id": case.pk, "actor": case.applicant, "now": LATER}
    accepted = case_in(Status.ACCEPTED, case=complete())

    applications.withdraw(**given, reason="不办了")
    applications.withdraw(**given)

    assert [e.action for e in case.events.all()].count("withdraw") == 1
    with pytest.raises(MoveImpossible):
        applications.withdraw(application_id=accepted.pk, actor=accepted.applicant, now=LATER)


def test_reconsideration_is_asked_for_once_with_reasons_and_in_time():
    case = case_in(Status.REFUSED, case=complete())
    given = {"application_id": case.pk, "actor": case.applicant}
    decided = case.status_since

    refused("reason_missing", applications.request_review, **given, now=decided, reason=" ")
    with pytest.raises(MoveTooLate):
        applications.request_review(**given, now=decided + timedelta(days=61), reason="x")
    applications.request_review(**given, now=decided + timedelta(days=60), reason="合同已续签。")
    applications.request_review(**given, now=decided + timedelta(days=60), reason="合同已续签。")

    assert [e.action for e in case.events.all()].count("request_review") == 1


def test_a_case_is_brought_before_the_supervisor_once_its_deadline_has_passed():
    case = case_in(Status.ACCEPTED, case=complete())
    given = {"application_id": case.pk, "actor": case.applicant, "reason": "已经超过期限。"}

    with pytest.raises(MoveTooEarly):
        applications.escalate(**given, now=NOW + timedelta(days=15))
    applications.escalate(**given, now=NOW + timedelta(days=16))
    applications.escalate(**given, now=NOW + timedelta(days=16))

    case.refresh_from_db()
    assert case.escalated_at == NOW + timedelta(days=16)
    assert [e.action for e in case.events.all()].count("escalate") == 1


def test_a_draft_is_deleted_with_its_files(django_capture_on_commit_callbacks):
    case = complete()
    names = list(case.evidence.values_list("storage_name", flat=True))

    with django_capture_on_commit_callbacks(execute=True):
        applications.delete_draft(application_id=case.pk, actor=case.applicant, now=NOW)

    assert not PermitApplication.objects.filter(pk=case.pk).exists()
    assert not Evidence.objects.filter(storage_name__in=names).exists()
    assert AuditEntry.objects.filter(act="delete_draft", subject=f"case:{case.pk}").exists()


def test_what_was_closed_is_begun_anew_with_its_answers_and_files():
    case = case_in(Status.WITHDRAWN, case=complete())
    given = {"application_id": case.pk, "actor": case.applicant, "now": LATER}

    new = applications.copy_closed(**given)
    again = applications.copy_closed(**given)

    assert new == again
    assert new.statements == {"ground": ANSWERS["ground"]}
    assert {row.requirement for row in new.evidence.all()} == {
        row.requirement for row in case.evidence.all()
    }
    assert (
        set(new.evidence.values_list("storage_name"))
        & set(case.evidence.values_list("storage_name"))
        == set()
    )
    save(new, "who", ANSWERS["who"], now=LATER)
    submit(new, now=LATER)
    refused(
        "not_over",
        applications.copy_closed,
        application_id=new.pk,
        actor=new.applicant,
        now=LATER,
    )


def test_staff_do_not_act_as_the_applicant():
    case = complete()

    with pytest.raises(PermitApplication.DoesNotExist):
        submit(case, actor=officer())


@pytest.mark.parametrize(
    ("township", "changed_on", "warnings"),
    [
        ("330402010", "2026-11-20", ()),
        ("330411001", "2026-11-20", ()),  # 秀洲 and 南湖 are the 市区 together
        ("330481001", "2026-11-20", ("moved_elsewhere",)),
        ("330402010", "2026-11-14", ("change_late",)),
        ("330402010", "2026-11-15", ()),
    ],
)
def test_a_change_elsewhere_or_late_is_pointed_out_and_not_forbidden(
    township, changed_on, warnings
):
    issued = case_in(Status.ISSUED, case=complete())
    issued.registration.status, issued.registration.ended_on = "ended", NOW.date()
    issued.registration.save()
    registered(issued.person, township=township)
    case = complete(issued.person, CaseKind.CHANGE)
    save(case, "change", ANSWERS["change"] | {"changed_on": changed_on})
    case.refresh_from_db()

    assert assess(case=case, now=NOW).warnings == warnings
    assert submit(case).status == CaseStatus.SUBMITTED
