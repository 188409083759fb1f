"""Documents at the desk: entered, corrected, and left alone once a published version cites them."""

import pytest
from django.urls import reverse

from eligibility.models import LegalDocument
from jiaxing_hukou.accounts.roles import Role
from tests.eligibility.desk_bench import DOCUMENT, at, begun, body, head_form, submitted

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("published_rules")]

FROZEN = "jiaxing-2020-relaxation"


def entered(client):
    client.post(at("document-new"), DOCUMENT)
    return LegalDocument.objects.get(slug="jiaxing-2027")


def correction(row, client, **changes):
    """Return what a correction posts: what the page shows, with ``changes``."""
    shown = body(client.get(at("document-edit", row.slug)))
    fingerprint = shown.split('name="shown" value="')[1].split('"')[0]
    given = {key: value for key, value in DOCUMENT.items() if key != "slug"}
    return given | {"shown": fingerprint, "clause-INITIAL_FORMS": "1"} | changes


def test_a_document_is_entered_before_there_is_a_draft(author):
    response = author.post(at("document-new"), DOCUMENT)

    row = LegalDocument.objects.get(slug="jiaxing-2027")
    assert response.url == at("documents")
    assert (row.number, row.level, row.frozen_at) == ("嘉政发〔2027〕1号", "city", None)
    assert row.clauses.get().text == "城区就业人员可以落户。"
    assert at("document-edit", "jiaxing-2027") in body(author.get(at("documents")))


def test_a_correction_reaches_the_drafts_and_bars_who_made_it_from_approving(sign_in, author):
    document = entered(author)
    row = begun()
    author.post(
        at("head", row.pk), head_form(row, document=document.slug, clause=f"{document.slug}#一")
    )
    row.refresh_from_db()
    submitted(author, row)
    other = sign_in(Role.RULE_AUTHOR, "other")

    response = other.post(
        at("document-edit", document.slug),
        correction(document, other, **{"clause-0-text": "城区就业人员可以申请落户。"}),
    )

    row.refresh_from_db()
    assert response.url == at("documents")
    assert row.status == "draft"
    assert row.record["citations"]["一"]["text"] == "城区就业人员可以申请落户。"
    assert other.user.pk in row.editors


def test_a_clause_that_a_draft_cites_is_not_taken_away(author):
    document = entered(author)
    row = begun()
    author.post(
        at("head", row.pk), head_form(row, document=document.slug, clause=f"{document.slug}#一")
    )

    response = author.post(
        at("document-edit", document.slug),
        correction(
            document,
            author,
            **{"clause-0-article": "二", "clause-0-text": "别的。"},
        ),
    )

    assert response.status_code == 422
    assert "请先让它引用别的条文" in body(response)
    assert document.clauses.get().article == "一"


def test_two_people_who_correct_one_document_do_not_overwrite_each_other(sign_in, author):
    document = entered(author)
    mine = correction(document, author, **{"clause-0-text": "我写的。"})
    other = sign_in(Role.RULE_AUTHOR, "other")
    other.post(
        at("document-edit", document.slug),
        correction(document, other, **{"clause-0-text": "别人写的。"}),
    )

    client = sign_in(Role.RULE_AUTHOR, "author")
    refused = client.post(at("document-edit", document.slug), mine)
    again = client.post(
        at("document-edit", document.slug),
        correction(document, client, **{"clause-0-text": "我写的。"}),
    )

    assert refused.status_code == 422
    assert "我写的。" in body(refused)
    assert "别人写的。" in body(refused)
    assert again.status_code == 302
    assert document.clauses.get().text == "我写的。"


def test_articles_are_added_to_a_cited_document_and_none_is_changed(author):
    row = LegalDocument.objects.get(slug=FROZEN)
    before = dict(row.clauses.values_list("article", "text"))
    given = {"clause-TOTAL_FORMS": "1", "clause-INITIAL_FORMS": "0"}
    known = next(iter(before))

    page = body(author.get(at("document-edit", FROZEN)))
    refused = author.post(
        at("document-edit", FROZEN), given | {"clause-0-article": known, "clause-0-text": "改。"}
    )
    done = author.post(
        at("document-edit", FROZEN), given | {"clause-0-article": "附则", "clause-0-text": "新。"}
    )

    assert 'name="title_zh"' not in page
    assert refused.status_code == 422
    assert "原文不再改动" in body(refused)
    assert done.status_code == 302
    assert dict(row.clauses.values_list("article", "text")) == before | {"附则": "新。"}


@pytest.mark.parametrize("role", [Role.OFFICER, Role.RULE_APPROVER, Role.AUDITOR])
def test_who_does_not_write_reads_the_list_alone(sign_in, role):
    client = sign_in(role)

    read, new = client.get(at("documents")), client.get(at("document-new"))
    edit = client.get(at("document-edit", FROZEN))

    assert read.status_code == 200
    assert at("document-new") not in body(read)
    assert (new.status_code, edit.status_code) == (403, 403)


def test_a_mistake_in_a_clause_is_said_with_a_link_to_it(author):
    response = author.post(at("document-new"), DOCUMENT | {"clause-0-text": ""})

    assert response.status_code == 422
    assert 'href="#id_clause-0-text"' in body(response)


@pytest.mark.parametrize("extra", [0, 3])
def test_the_list_asks_the_same_number_of_questions(author, extra, django_assert_num_queries):
    for number in range(extra):
        author.post(at("document-new"), DOCUMENT | {"slug": f"jiaxing-{2027 + number}"})

    with django_assert_num_queries(5):
        author.get(at("documents"))


def test_the_document_is_linked_to_its_page_in_the_reading_room(author):
    row = LegalDocument.objects.get(slug=FROZEN)

    assert reverse("admin:eligibility_legaldocument_change", args=[row.pk]) in body(
        author.get(at("documents"))
    )
