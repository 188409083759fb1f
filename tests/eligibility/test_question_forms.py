"""The form of a question is crispy's, whatever was answered before."""

from datetime import date
from decimal import Decimal

import pytest
from crispy_forms.templatetags.crispy_forms_filters import as_crispy_form
from django.utils import translation

from eligibility import forms, question_forms
from eligibility.core.facts import FACTS, Kind
from eligibility.question_forms import filled_in, form_class
from eligibility.question_order import COUNTY_QUESTION, PLACE
from eligibility.services.questionnaires import QUESTIONS

pytestmark = pytest.mark.usefixtures("published_rules")

NANHU = "330402"
TYPED = {
    Kind.INT: [0, 60],
    Kind.DECIMAL: [Decimal("39.14")],
    Kind.DATE: [date(1990, 5, 1)],
    Kind.BOOL: [True, False],
}


@pytest.fixture(autouse=True, params=["zh-hans", "en"])
def _language(request):
    with translation.override(request.param):
        yield


def answers_to(question):
    """Return what somebody may have answered: typed values, or each of the choices."""
    fact = FACTS.get(question)
    if fact and fact.kind in TYPED:
        return TYPED[fact.kind]
    field = form_class(question, NANHU).base_fields["answer"]
    return [value for value, _word in field.choices if value != forms.UNSURE]


def by_crispy(question, initial=None):
    return as_crispy_form(
        form_class(question, NANHU)(initial=initial, as_of=None, question=question)
    )


def test_an_answer_is_filled_in_where_crispy_puts_it():
    for question in QUESTIONS:
        for value in answers_to(question):
            shown = value if not isinstance(value, bool) else str(value).lower()

            text = filled_in(question, NANHU, value, unsure=False)

            assert text == by_crispy(question, {"answer": shown}), question


def test_a_question_without_an_answer_is_crispys_blank_form():
    for question in QUESTIONS:
        assert filled_in(question, NANHU, None, unsure=False) == by_crispy(question), question


def test_not_knowing_is_ticked_where_it_is_a_choice_and_never_typed():
    for question in QUESTIONS:
        text = filled_in(question, NANHU, None, unsure=True)
        blank = by_crispy(question)

        ticked = 'value="unknown"' in blank
        assert text.count(" checked") == ticked, question
        assert (text == blank) is not ticked, question


def test_what_was_typed_is_escaped():
    text = filled_in("pension_insurance_months", NANHU, '"><b>', unsure=False)

    assert 'value="&quot;&gt;&lt;b&gt;"' in text


def test_a_town_of_another_county_is_not_ticked():
    text = filled_in(PLACE, NANHU, "330483001", unsure=False)

    assert text == by_crispy(PLACE)


def test_what_is_kept_names_no_answer():
    for question, value in (("birth_date", date(1949, 10, 1)), (PLACE, "330402010")):
        filled_in(question, NANHU, value, unsure=False)
    filled_in(COUNTY_QUESTION, "", NANHU, unsure=False)

    kept = question_forms._kept(PLACE, NANHU, translation.get_language())
    born = question_forms._kept("birth_date", "", translation.get_language())

    assert " checked" not in kept.blank
    assert "1949" not in "".join(born.around)
