"""What tests of the desk's pages type, and the drafts they begin."""

from datetime import date

from django.urls import reverse
from django.utils import timezone

from eligibility.models import RuleVersion
from eligibility.services import desk
from jiaxing_hukou.accounts.models import User

STATUS = RuleVersion.Status
FIRST = date(2027, 1, 1)


def at(name, *args):
    return reverse(f"admin:desk-{name}", args=args)


def begun(code="urban-employment", version="2020", *, name="2027", first=FIRST, by="author"):
    """Begin a draft from a published version."""
    source = RuleVersion.objects.get(rule__code=code, version=version)
    return desk.start_draft(
        source_id=source.pk,
        version=name,
        author=User.objects.get_or_create(username=by, defaults={"is_staff": True})[0],
        now=timezone.now(),
        effective_from=first,
    )


def body(response):
    return response.content.decode()


def proved(client, row):
    client.post(at("generate", row.pk))
    row.refresh_from_db()
    return row


def submitted(client, row):
    proved(client, row)
    client.post(at("submit", row.pk))
    row.refresh_from_db()
    assert row.status == STATUS.IN_REVIEW
    return row


def reasons(*codes):
    return {
        f"{code}-{language}": text
        for code in codes
        for language, text in (("zh", "经研究可以。"), ("en", "It was looked into."))
    }


def leaf_form(**changes):
    return {
        "operator": "at_least",
        "figure": "",
        "new_value": "６",
        "id": "pension",
        "clause": "jiaxing-2020-relaxation#城区就业",
        "papers": ["pension_record"],
        "group": "",
        "revision": 1,
    } | changes


def add_line(client, row, **changes):
    address = at("line", row.pk) + "?at=r&where=inside&fact=pension_insurance_months"
    return client.post(address, leaf_form(**changes))


DOCUMENT = {
    "slug": "jiaxing-2027",
    "title_zh": "关于放宽落户的通知",
    "title_en": "Notice on easier settlement",
    "number": "嘉政发〔2027〕1号",
    "issuer_zh": "嘉兴市人民政府",
    "issuer_en": "Jiaxing Municipal People's Government",
    "level": "city",
    "issued_on": "2026-12-01",
    "effective_from": "2027-01-01",
    "provenance": "official",
    "clause-TOTAL_FORMS": "4",
    "clause-INITIAL_FORMS": "0",
    "clause-0-article": "一",
    "clause-0-text": "城区就业人员可以落户。",
}


def head_form(row, **changes):
    record = row.record
    return {
        "document": record["document"],
        "clause": f"{record['document']}#{record['clause']}",
        "version": record["version"],
        "effective_from": record["effective_from"],
        "effective_to": "",
        "areas": record["areas"],
        "registers": record["registers"],
        "name_zh": record["name"]["zh"],
        "name_en": record["name"]["en"],
        "summary_zh": record["summary"]["zh"],
        "summary_en": record["summary"]["en"],
        "revision": row.revision,
    } | changes
