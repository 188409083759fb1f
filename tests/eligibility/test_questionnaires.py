"""A check in progress: what is kept, what is asked next, and what another tab cannot break."""

from datetime import date, datetime, timedelta
from threading import Barrier, Thread
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from eligibility.beat import purge_questionnaires
from eligibility.core.errors import FactsRefused
from eligibility.core.facts import FACTS
from eligibility.core.stated import MAX_HOUSEHOLD
from eligibility.models import Questionnaire
from eligibility.question_order import COUNTY_QUESTION, ONLY_AFTER, PLACE, in_order
from eligibility.services import questionnaires
from eligibility.services.questionnaires import (
    HouseholdFull,
    Progress,
    QuestionnaireExpired,
    QuestionnaireUnknown,
)
from tests.eligibility.published import publish

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 24, 12, tzinfo=ZoneInfo("Asia/Shanghai"))
TODAY = NOW.date()
TONGXIANG, WUTONG = "330483", "330483001"
NANHU, NANHU_STREET, FENGQIAO = "330402", "330402010", "330402100"


@pytest.fixture
def token(published_rules):
    return questionnaires.begin(as_of=None, now=NOW)


def answer(token, **answers):
    """Answer several questions, None for "I do not know"; return where that leads."""
    for question, value in answers.items():
        progress = questionnaires.answer(
            token, question=question, value=value, now=NOW, today=TODAY
        )
    return progress


def read(token, today=TODAY):
    return Progress(questionnaires.find(token, now=NOW), today)


def test_the_token_is_long_and_not_stored(token):
    row = Questionnaire.objects.get()

    assert len(token) >= 128 / 6
    assert token not in str(vars(row))
    assert questionnaires.find(token, now=NOW).pk == row.pk


def test_the_place_is_asked_first_in_two_steps(token):
    assert read(token).next_question == COUNTY_QUESTION

    assert answer(token, target_county=TONGXIANG).next_question == PLACE
    assert answer(token, target_township=WUTONG).next_question == "housing"


def test_only_what_can_change_the_answer_is_asked(token):
    progress = answer(token, target_county=TONGXIANG, target_township=WUTONG)

    assert set(progress.questions) <= set(progress.check.next_facts)

    progress = answer(token, housing="owned")

    assert progress.check.verdict == "eligible"
    assert progress.next_question is None
    assert "sponsor" in progress.not_asked


def test_a_question_comes_after_the_one_it_hangs_on(token):
    progress = answer(token, target_county=NANHU, target_township=NANHU_STREET)
    asked = progress.questions

    for child, parent in ONLY_AFTER.items():
        assert child not in asked or parent not in asked or asked.index(parent) < asked.index(child)
    assert asked.index("sponsor") < asked.index("lives_with_sponsor")
    assert asked.index("honour") < asked.index("honour_level")
    assert asked.index("education") < asked.index("graduation_date")


def test_not_knowing_is_an_answer_and_ends_in_a_result(token):
    progress, asked = read(token), []
    while progress.next_question:
        asked.append(progress.next_question)
        progress = answer(token, **{progress.next_question: None})

    assert len(asked) == len(set(asked)) > 3
    assert "lives_with_sponsor" not in asked  # of no use without knowing the relative
    assert progress.check.verdict == "more_information_needed"


def test_the_county_alone_says_which_rules_hold(token):
    progress = answer(token, target_county=TONGXIANG, target_township=None, housing="owned")

    assert progress.facts.area_classes == ("county",)
    assert progress.check.verdict == "eligible"


def test_another_county_forgets_the_town_and_nothing_else(token):
    answer(token, target_county=NANHU, target_township=FENGQIAO, target_in_town_area=False)
    answer(token, hukou_place="outside")

    progress = answer(token, target_county=TONGXIANG)

    assert dict(progress.facts.given) == {"hukou_place": "outside"}
    assert progress.next_question == PLACE


def test_another_town_forgets_whether_the_address_was_in_the_town(token):
    answer(token, target_county=NANHU, target_township=FENGQIAO, target_in_town_area=True)

    progress = answer(token, target_township="330402101")

    assert progress.next_question == "target_in_town_area"


def test_a_changed_answer_leaves_the_others_alone(token):
    answer(token, target_county=TONGXIANG, target_township=WUTONG, housing="none")
    before = answer(token, hukou_place="outside").facts.given

    after = answer(token, housing="owned").facts.given

    assert dict(after) == {**before, "housing": "owned"}


def test_knowing_after_all_replaces_not_knowing(token):
    answer(token, housing=None)

    progress = answer(token, housing="owned")

    assert "housing" not in progress.unsure
    assert progress.facts.given["housing"] == "owned"


def test_two_tabs_write_their_own_answers_only(token):
    stale = read(token)
    answer(token, hukou_place="outside")

    questionnaires.answer(token, question="housing", value="owned", now=NOW, today=stale.today)

    assert dict(read(token).facts.given) == {"hukou_place": "outside", "housing": "owned"}


def test_an_answer_onto_what_was_just_read_takes_one_statement(token, django_assert_num_queries):
    seen = questionnaires.find(token, now=NOW)

    with django_assert_num_queries(1):
        questionnaires.answer(
            token, question="housing", value="owned", now=NOW, today=TODAY, seen=seen
        )

    assert read(token).facts.given["housing"] == "owned"


def test_what_was_read_and_is_no_longer_so_is_not_written_over(token):
    seen = questionnaires.find(token, now=NOW)
    answer(token, hukou_place="outside", housing=None)

    progress = questionnaires.answer(
        token, question="housing", value="owned", now=NOW, today=TODAY, seen=seen
    )

    assert dict(progress.facts.given) == {"hukou_place": "outside", "housing": "owned"}
    assert dict(read(token).facts.given) == dict(progress.facts.given)
    assert seen.answers["facts"] == {}


def test_what_was_read_and_is_deleted_since_stays_deleted(token):
    seen = questionnaires.find(token, now=NOW)
    questionnaires.delete(token)

    with pytest.raises(QuestionnaireUnknown):
        questionnaires.answer(
            token, question="housing", value="owned", now=NOW, today=TODAY, seen=seen
        )


@pytest.mark.parametrize(
    ("question", "value"),
    [
        ("housing", "castle"),
        ("pension_insurance_months", 5000),
        ("birth_date", "2030-01-01"),
        (PLACE, "999999999"),
        (COUNTY_QUESTION, "330100"),
    ],
)
def test_what_the_core_refuses_is_not_written(token, question, value):
    with pytest.raises(FactsRefused):
        answer(token, **{question: value})

    assert read(token).order == ()


def test_another_day_sets_an_impossible_answer_aside_and_loses_nothing(token):
    answer(token, target_county=TONGXIANG, target_township=WUTONG, graduation_date="2020-06-30")

    questionnaires.set_day(token, as_of=date(2019, 1, 1), now=NOW)

    progress = read(token)
    assert [error.field for error in progress.set_aside] == ["graduation_date"]
    assert "graduation_date" not in progress.facts.given

    questionnaires.set_day(token, as_of=None, now=NOW)

    assert read(token).facts.given["graduation_date"] == date(2020, 6, 30)


def test_no_day_before_the_first_rule(token):
    with pytest.raises(FactsRefused):
        questionnaires.begin(as_of=date(2016, 6, 27), now=NOW)
    with pytest.raises(FactsRefused):
        questionnaires.set_day(token, as_of=date(2016, 6, 27), now=NOW)


def test_without_a_chosen_day_it_is_the_day_of_reading(token):
    assert read(token).as_of == TODAY
    assert read(token, TODAY + timedelta(days=9)).as_of == TODAY + timedelta(days=9)


def test_a_member_sent_twice_is_one_person(token):
    for _ in range(2):
        progress = questionnaires.keep_member(
            token, member="a1", stated={"relation": "spouse"}, now=NOW, today=TODAY
        )

    assert [person.stated for person in progress.people] == [{"relation": "spouse"}]

    questionnaires.remove_member(token, member="a1", now=NOW)
    questionnaires.remove_member(token, member="a1", now=NOW)

    assert read(token).people == ()


def test_no_more_than_fifty_people(token):
    for number in range(MAX_HOUSEHOLD):
        questionnaires.keep_member(token, member=f"m{number}", stated={}, now=NOW, today=TODAY)

    with pytest.raises(HouseholdFull):
        questionnaires.keep_member(token, member="one-more", stated={}, now=NOW, today=TODAY)
    questionnaires.keep_member(
        token, member="m0", stated={"relation": "child"}, now=NOW, today=TODAY
    )

    assert len(read(token).people) == MAX_HOUSEHOLD


def test_contradictions_name_the_answer_and_the_member(token):
    answer(token, birth_date="2000-01-01")
    questionnaires.keep_member(
        token,
        member="a1",
        stated={"relation": "child", "birth_date": "1999-01-01"},
        now=NOW,
        today=TODAY,
    )

    progress = read(token)

    assert [n.code for n in progress.contradictions_of("birth_date")] == ["child_older_than_parent"]
    assert progress.contradictions_of("household[0]") == progress.contradictions
    assert progress.contradictions_of("housing") == ()


def test_unknown_expired_and_deleted_links_lead_nowhere(token):
    with pytest.raises(QuestionnaireUnknown):
        questionnaires.find("no-such-token", now=NOW)
    with pytest.raises(QuestionnaireExpired):
        questionnaires.find(token, now=NOW + timedelta(days=30))

    questionnaires.delete(token)
    questionnaires.delete(token)

    with pytest.raises(QuestionnaireUnknown):
        questionnaires.find(token, now=NOW)


def test_the_clock_clears_what_has_expired_and_nothing_else(token, time_machine):
    time_machine.move_to(NOW + timedelta(days=10))
    later = questionnaires.begin(as_of=None, now=NOW + timedelta(days=10))
    time_machine.move_to(NOW + timedelta(days=31))

    assert [purge_questionnaires(), purge_questionnaires()] == [1, 0]

    assert questionnaires.find(later, now=NOW + timedelta(days=31))


def test_rules_published_later_are_offered_and_not_imposed(token):
    progress = read(token)

    assert progress.newer_rules is False
    assert progress.ruleset.hash == progress.row.ruleset_hash


@given(st.text(max_size=50))
def test_no_text_is_a_token(text):
    assert len(questionnaires._digest(text)) == 64


def test_a_hanging_question_follows_its_parent_wherever_it_stood():
    found = in_order(("honour_level", "sex", "honour", "housing", "target_in_town_area"))

    assert found == ("target_in_town_area", "housing", "sex", "honour", "honour_level")


def test_every_question_is_known():
    assert set(ONLY_AFTER) | set(ONLY_AFTER.values()) <= set(FACTS)


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("onto_what_was_read", [False, True])
def test_answers_sent_at_once_are_all_kept(onto_what_was_read):
    publish()
    token = questionnaires.begin(as_of=None, now=NOW)
    sent = {"housing": "owned", "hukou_place": "outside", "sponsor": None, "sex": "female"}
    together, failures = Barrier(len(sent)), []
    seen = questionnaires.find(token, now=NOW) if onto_what_was_read else None

    def send(question, value):
        try:
            together.wait()
            questionnaires.answer(
                token, question=question, value=value, now=NOW, today=TODAY, seen=seen
            )
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [Thread(target=send, args=pair) for pair in sent.items()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    progress = read(token)
    assert failures == []
    assert set(progress.order) == set(sent)
    assert progress.unsure == {"sponsor"}
