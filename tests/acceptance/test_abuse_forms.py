"""What nobody should send: every form takes it, says what is wrong, and keeps what was typed."""

import csv
import html
import io
import unicodedata
from urllib.parse import quote, urlencode

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.urls import reverse

from jiaxing_hukou.accounts.models import User
from residence_permit.core.workflow import Status
from residence_permit.models import PermitApplication, ReportBatch
from tests.acceptance.visitor import forms_of
from tests.acceptance.world import World

pytestmark = pytest.mark.django_db

XSS = """"'><img src=x onerror=alert(1)><script>alert(2)</script>"""
LONG = "甲" * 1200
NASTY = {
    "markup": quote(XSS),
    "NUL": quote("王\0小明"),
    "lone surrogate": "%ED%A0%80",
    "GBK bytes": quote("王小明", encoding="gbk"),
    "a megabyte": "x" * 1_000_000,
    "format strings": quote("%s%n{0.__class__}{{1234567*2}}${1234567*2}{% debug %}"),
    "line ends": quote("a\r\nSet-Cookie: planted=1\r\n\r\n<b>"),
    "SQL": quote("'; DROP TABLE accounts_user; --"),
    "overrides": quote("\u202e\u2066王\ufeff\u200b"),
    "digits": "9" * 400,
    "formula": quote("＝cmd|'/c calc'!A1"),
    "too long": quote(LONG),
}
SECRET = ("password", "password1", "code", "oldpassword")
# page, who has it before him, and what stands in its address
PAGES = (
    ("account_login", "anonymous", ()),
    ("account_signup", "anonymous", ()),
    ("account_reset_password", "anonymous", ()),
    ("case-status", "anonymous", ()),
    ("verify-enter", "anonymous", ()),
    ("receipt-lookup", "anonymous", ()),
    ("account_change_password", "resident", ()),
    ("account_change_phone", "resident", ()),
    ("account_email", "resident", ()),
    ("notice-preferences", "resident", ()),
    ("residence-profile", "resident", ()),
    ("residence-ward-add", "resident", ()),
    ("residence-ward", "resident", ("own.ward",)),
    ("residence-register", "other_resident", ()),
    ("residence-change", "resident", ("own.registration",)),
    ("residence-end", "resident", ("own.registration",)),
    ("residence-confirm", "resident", ("own.reported",)),
    ("residence-deny", "resident", ("own.reported",)),
    ("case-start", "resident", ()),
    ("case-step", "resident", ("own.draft", "ground")),
    ("case-item", "resident", ("own.corrected", "own.item")),
    ("case-withdraw", "resident", ("own.case",)),
    ("case-request-review", "resident", ("own.refused",)),
    ("share-new", "resident", ("own.permit",)),
    ("permit-services", "resident", ("own.permit",)),
    ("my-data-deletion", "resident", ()),
    ("report-upload", "reporter", ()),
    ("admin:workbench", "officer_here", ()),
    ("admin:workbench-case", "officer_here", ("own.case",)),
    ("admin:workbench-case", "officer_here", ("own.accepted",)),
    ("admin:workbench-case", "supervisor", ("own.awaiting",)),
    ("admin:residence_permit_staffrelative_add", "officer_here", ()),
    ("admin:residence_permit_calendarday_add", "supervisor", ()),
    ("admin:residence_permit_officesetting_add", "supervisor", ()),
    ("admin:accounts_station_add", "operator", ()),
)


@pytest.fixture
def world(db, settings, tmp_path):
    settings.EVIDENCE_DIR = tmp_path
    return World()


def forms(client, path):
    """Return the forms of a page that are sent by POST."""
    page = client.get(path)
    assert page.status_code == 200, path
    return [form for form in forms_of(path, page.content.decode()) if form.method == "post"]


def send(client, path, body):
    """Send bytes as a form; whatever it changes is taken back."""
    with transaction.atomic():
        response = client.post(path, body, content_type="application/x-www-form-urlencoded")
        transaction.set_rollback(True)
    return response


def body_with(form, raw):
    """Return a form's body with raw, coded bytes in everything that is typed."""
    kept = [(name, value) for name, value in form.fields if name not in form.texts]
    return "&".join([urlencode(kept), *(f"{quote(name)}={raw}" for name in form.texts)])


def faults(form, response, what):
    """Return what is wrong with an answer."""
    if response.status_code >= 500:
        return [f"{response.status_code}"]
    if response.streaming or "text/html" not in response.headers.get("Content-Type", ""):
        return []
    said, wrong = response.content.decode(), []
    if "<img src=x onerror" in said or "<script>alert" in said:
        wrong.append("markup is not escaped")
    if "2469134" in said:
        wrong.append("a template was carried out")
    if "planted" in response.cookies or "planted" in response.headers:
        wrong.append("a header was planted")
    typed = [name for name in form.texts if name not in SECRET]
    shown_again = response.status_code in (200, 422) and "<form" in said
    if what == "too long" and typed and shown_again and LONG not in html.unescape(said):
        wrong.append("what was typed is lost")
    return wrong


@pytest.mark.parametrize("shard", range(2))
def test_no_form_breaks_on_what_is_typed_into_it(world, shard, counts):
    wrong, sent = [], 0
    for profile in ("own.me", "foreign.me"):
        world.value(profile)
    clients = {role: world.client(role) for role in {role for _, role, _ in PAGES}}
    for name, role, values in PAGES[shard::2]:
        path = reverse(name, args=[world.value(value) for value in values])
        path += {"residence-register": "?situation=none"}.get(name, "")
        for form in forms(clients[role], path):
            if not form.texts or form.action.endswith("/i18n/setlang/"):
                continue
            chosen = counts(("markup", "NUL", "lone surrogate", "too long"), tuple(NASTY))
            for what in chosen:
                response = send(clients[role], form.action, body_with(form, NASTY[what]))
                sent += 1
                wrong += [f"{form.action} {what}: {each}" for each in faults(form, response, what)]

    assert not wrong, "\n".join(wrong)
    assert sent > len(PAGES)


def test_too_many_fields_and_fields_sent_twice_break_nothing(world):
    client = world.client("resident")
    world.value("own.me")  # he has a profile
    [form] = [form for form in forms(client, reverse("residence-profile")) if form.texts]
    many = "&".join(f"f{number}=1" for number in range(10_000))
    twice = urlencode([pair for pair in form.fields for _ in range(3)])

    answers = {
        "10,000 fields": send(client, form.action, many),
        "everything three times": send(client, form.action, twice),
        "broken multipart": client.post(
            form.action, b"--x\r\nno head", content_type="multipart/form-data; boundary=x"
        ),
        "no boundary": client.post(form.action, b"x", content_type="multipart/form-data"),
        "another charset": client.generic(
            "POST", form.action, b"name=\xff", "application/x-www-form-urlencoded; charset=x"
        ),
    }

    assert answers["10,000 fields"].status_code == answers["no boundary"].status_code == 400
    assert all(answer.status_code < 500 for answer in answers.values())


@pytest.mark.parametrize(
    "path", ["/%00", "/permit/applications/%00/", "/verify/%ED%A0%80/", "/%2e%2e/%2e%2e/etc/passwd"]
)
def test_an_address_that_cannot_be_is_answered_as_one_that_is_not(client, path):
    assert client.get(path).status_code in (400, 404)
    assert client.get("/", {"q": "\0" + XSS}).status_code in (200, 400)


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1:80@evil.example", "a b", "[::1"])
def test_a_foreign_host_is_answered_by_nothing(client, host):
    response = client.get("/accounts/login/", headers={"Host": host})

    assert response.status_code == 400
    assert host not in response.content.decode()


AWAY = ("https://evil.example/", "//evil.example/", r"/\evil.example", "javascript:alert(1)")
LEADS = (
    ("set_language", {"language": "en"}),
    ("elder-mode", {"large": "1"}),
    ("account_login", None),
    ("account_logout", {}),
)


@pytest.mark.parametrize("away", AWAY)
@pytest.mark.parametrize(("name", "fields"), LEADS)
def test_nobody_is_led_away(client, name, fields, away):
    user = User.objects.create_user("traveller", password="three quiet herons")
    if fields is None:
        fields = {"login": user.username, "password": "three quiet herons"}
    else:
        client.force_login(user)
    path = reverse(name)

    answers = [
        client.post(path, {**fields, "next": away}, headers={"Referer": away}),
        client.post(f"{path}?{urlencode({'next': away})}", fields),
    ]

    for answer in answers:
        assert answer.status_code < 400
        where = answer.headers.get("Location", "")
        assert where == "" or (where.startswith("/") and not where.startswith(("//", r"/\\"))), (
            where
        )


# What was before somebody's eyes is not so any more ----------------------------------------------


def test_a_stale_tab_shows_both_versions_and_overwrites_nothing(world):
    client = world.client("resident")
    path = reverse("case-step", args=[world.value("own.draft"), "ground"])
    [stale] = [form for form in forms(client, path) if "note" in form.texts]
    client.post(path, dict(stale.filled(ground="employment:contract", note="第一个标签页")))

    answer = client.post(path, dict(stale.filled(ground="schooling", note="第二个标签页")))

    assert answer.status_code == 409
    said = answer.content.decode()
    assert "第一个标签页" in said
    assert "第二个标签页" in said
    kept = PermitApplication.objects.get(reference=world.value("own.draft")).statements["ground"]
    assert kept["note"] == "第一个标签页"


@pytest.mark.parametrize("change", ["moved", "disabled", "no longer staff", "no longer officer"])
def test_an_officer_who_loses_his_post_in_mid_action_moves_nothing(world, change):
    client, user = world.client("officer_here"), world.people["officer_here"]
    page = reverse("admin:workbench-case", args=[world.value("own.case")])
    [form] = [form for form in forms(client, page) if form.action.endswith("/do/claim/")]
    if change == "moved":
        User.objects.filter(pk=user.pk).update(station=world.elsewhere)
    elif change == "no longer officer":
        user.groups.clear()
    else:
        column = {"disabled": "is_active", "no longer staff": "is_staff"}[change]
        User.objects.filter(pk=user.pk).update(**{column: False})

    answer = client.post(form.action, dict(form.filled()))

    case = PermitApplication.objects.get(reference=world.value("own.case"))
    assert (case.status, case.holder) == (Status.SUBMITTED, None)
    assert answer.status_code in (302, 403, 404)


# Files ------------------------------------------------------------------------------------------

CELLS = ("=1+1", "＝1+1", "@SUM(A1)", "+1", "-1", "\t=1", "|calc")


@pytest.mark.parametrize("cell", CELLS)
def test_no_file_that_leaves_carries_a_formula(world, cell, django_capture_on_commit_callbacks):
    client = world.client("reporter")
    head = "姓名,身份证号,街道（镇）,详细地址,开始日期,用人单位"
    line = f'"{cell}","{cell}","{cell}","{cell}","{cell}","{cell}"'
    file = SimpleUploadedFile("租客.csv", f"{head}\n{line}\n".encode())

    with django_capture_on_commit_callbacks(execute=True):
        sent = client.post(reverse("report-upload"), {"source": "landlord", "file": file})
    assert sent.status_code == 302, sent.content.decode()[-3000:]
    batch = ReportBatch.objects.get()
    results = client.get(reverse("report-results", args=[batch.reference]))

    rows = list(csv.reader(io.StringIO(results.content.decode("utf-8-sig"))))
    assert len(rows) == 2
    starts = {unicodedata.normalize("NFKC", value.lstrip())[:1] for row in rows for value in row}
    assert not starts & set("=+-@|\t")
