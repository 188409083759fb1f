"""My data: all of it on a page and in a file, who looked, what is corrected and deleted."""

import json
import re
import time
from datetime import timedelta

import pytest
from allauth.account.internal.flows.login import (
    _AUTHENTICATION_METHODS_USER_SESSION_KEY as USER_KEY,
)
from allauth.account.internal.flows.login import (
    AUTHENTICATION_METHODS_SESSION_KEY as RECORDS,
)
from django.conf import settings as portal
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from eligibility import selectors as places
from jiaxing_hukou.audit.models import AuditEntry
from jiaxing_hukou.audit.services import record
from residence_permit.choices import CaseKind, CaseStatus
from residence_permit.core.workflow import Status
from residence_permit.models import (
    Evidence,
    Notice,
    NoticePreference,
    PermitApplication,
    Person,
    Relation,
    ResidenceRegistration,
    ShareCode,
)
from residence_permit.presentation import looks as look_words
from residence_permit.presentation import my_data as words
from residence_permit.services import deletion, my_data, sharing
from residence_permit.services.deletion import AccountKept
from residence_permit.services.my_data import Subject
from tests.residence_permit.applicants import ANSWERS, begin, load_law, resident, ward_of
from tests.residence_permit.residents import divisions, line, taken_in
from tests.residence_permit.workbench import account, case_in, draft, officer, person

pytestmark = pytest.mark.django_db

User = get_user_model()
ABOUT_NOBODY = {"load_provisions", "take_in_report", "download_report"}


@pytest.fixture(autouse=True)
def _law(db, settings, tmp_path):
    settings.EVIDENCE_DIR = tmp_path
    load_law()


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def holder(now):
    """Return somebody of whom there is some of everything."""
    who = resident(name="欧阳小明", phone="+8613800000001")
    case = draft(who=who, now=now)
    case.statements = {step: ANSWERS[step] for step in ("who", "ground")}
    case.save()
    Evidence.objects.create(
        application=case,
        requirement="employment",
        storage_name="1",
        shown_name="photo.png",
        kind="png",
        size=1000,
        sha256="1",
        state=Evidence.State.READY,
        uploaded_by=who.user,
        uploaded_at=now,
    )
    case = case_in(Status.ISSUED, case=case, now=now)
    made = sharing.create_share(
        permit_id=case.permit_id, actor=who.user, purpose="租房", shows=("years",), days=7, now=now
    )
    sharing.check_share(code=made.code, now=now)
    ward_of(who, birth=now.date() - timedelta(days=3000), name="欧阳小小")
    begin(who, CaseKind.REPLACE, now=now)
    NoticePreference.objects.create(user=who.user, language="en", sms=False)
    return who


def sign_in(client, user, *, seconds_ago=0):
    """Sign somebody in who typed his password so long ago."""
    client.force_login(user)
    session = client.session
    at = time.time() - seconds_ago
    session[RECORDS] = [{"method": "password", "at": at}]
    session[USER_KEY] = str(user.pk)
    session.save()


def text_of(response):
    return response.content.decode()


def file_of(client):
    response = client.get(reverse("my-data-machine"))
    return json.loads(b"".join(response.streaming_content))


# The file


def test_the_file_holds_some_of_everything(client, holder):
    sign_in(client, holder.user)

    found = file_of(client)

    assert found["schema"] == "jiaxing-my-data/1"
    assert found["profile"]["id_number"] == holder.id_number
    assert found["account"]["emails"] == []
    assert [row["person"]["name"] for row in found["relations"]] == ["欧阳小小"]
    assert {row["person"] for row in found["registrations"]} == {"欧阳小明", "欧阳小小"}
    assert [row["kind"] for row in found["applications"]] == ["replace", "issue"]
    assert found["applications"][1]["evidence"][0]["file"] == "photo.png"
    assert found["applications"][1]["statements"]["ground"]["ground"] == "employment:contract"
    assert found["permits"][0]["ledger"][0]["entry"] == "issue"
    assert found["permits"][0]["codes"][0]["looks"][0]["answer"] == "valid"
    assert found["notices"]
    assert found["preferences"]["language"] == "en"
    assert found["looks"]
    assert set(found["not_here"]) == set(words.NOT_HERE)


def test_the_file_names_no_officer_and_no_inner_reason(client, holder):
    staff = User.objects.filter(is_staff=True)
    sign_in(client, holder.user)

    found = json.dumps(file_of(client), ensure_ascii=False)

    for one in staff:
        assert one.username not in found
    assert "assignee" not in found
    assert '"proposal"' not in found


def test_somebody_without_anything_gets_a_file_as_well(client):
    user = account()
    sign_in(client, user)

    found = file_of(client)

    assert found["profile"] is None
    assert found["permits"] == []
    assert found["applications"] == []


def test_the_file_asks_for_the_password_once_more_and_is_audited(client, holder):
    sign_in(client, holder.user, seconds_ago=3600)
    url = reverse("my-data-machine")

    asked = client.get(url)
    sign_in(client, holder.user)
    given = client.get(url)

    assert asked.status_code == 302
    assert asked.url.startswith(reverse("account_reauthenticate"))
    assert given["Content-Disposition"] == 'attachment; filename="my-data.json"'
    assert given.streaming
    entry = AuditEntry.objects.get(act="export_own_data")
    assert (entry.actor_id, entry.person_id) == (holder.user_id, holder.pk)


def test_the_file_is_read_in_as_many_queries_whatever_there_is(
    client, holder, now, django_assert_max_num_queries
):
    def read():
        subject = Subject(user=holder.user, language="zh-hans", now=now)
        return sum(map(len, my_data.machine_readable(subject)))

    read()  # what is read once a process
    with django_assert_max_num_queries(34):
        before = read()

    for number in range(3):
        ward = ward_of(holder, birth=now.date() - timedelta(days=2000 + number))
        begin(ward, CaseKind.ISSUE, actor=holder.user, now=now)
        record(
            actor_id=1,
            act="view_case",
            subject="case:1",
            purpose="case",
            now=now,
            person_id=holder.pk,
        )

    with django_assert_max_num_queries(34):
        after = read()
    assert after > before


def test_another_person_s_data_are_not_in_it(client, holder, now):
    other = resident(name="赵六六")
    case_in(Status.SUBMITTED, case=draft(who=other, now=now), now=now)
    sign_in(client, holder.user)

    found = json.dumps(file_of(client), ensure_ascii=False)

    assert "赵六六" not in found
    assert other.id_number not in found


# The page


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_page_says_what_the_file_says_with_the_number_in_part(client, holder, language):
    divisions()
    client.cookies["django_language"] = language
    client.force_login(holder.user)

    text = text_of(client.get(reverse("my-data-readable")))

    assert holder.id_number not in text
    assert f"{holder.id_number[:6]}********{holder.id_number[-4:]}" in text
    for shown in ("欧阳小明", "photo.png", "租房", holder.phone):
        assert shown in text
    assert AuditEntry.objects.filter(act="read_own_data", person_id=holder.pk).count() == 1


def test_every_value_has_a_label_and_every_code_its_words(holder, now):
    taken_in(line(id_number=holder.id_number, name=holder.name), now=now)
    subject = Subject(user=holder.user, language="zh-hans", now=now)

    labels = list(labels_of({name: _plain(part) for name, part in my_data.sections(subject)}))

    known = set(words.LABELS) | {"person", "statements"}
    assert sorted(set(labels) - known) == []


def _plain(part):
    return part if part is None or isinstance(part, dict) else list(part)


def labels_of(value, section=""):
    """Yield the names of all values, but not those of answers and of the looks."""
    for name, inner in value.items():
        if name == "looks" and not section:
            continue
        if section:
            yield name
        if name != "statements":
            for one in inner if isinstance(inner, list) else [inner]:
                if isinstance(one, dict):
                    yield from labels_of(one, section or name)


def test_the_page_costs_the_same_however_much_there_is(
    client, holder, now, django_assert_max_num_queries
):
    divisions()
    places.townships()
    client.force_login(holder.user)
    url = reverse("my-data-readable")
    client.get(url)

    for number in range(3):
        ward = ward_of(holder, birth=now.date() - timedelta(days=2000 + number))
        begin(ward, CaseKind.ISSUE, actor=holder.user, now=now)
    with django_assert_max_num_queries(34):  # eleven sections at once
        client.get(url)


# Who looked


def test_staff_are_named_by_role_and_office(client, holder, now):
    case = holder.applications.get(kind=CaseKind.ISSUE)
    one = officer()
    User.objects.filter(pk=one.pk).update(first_name="某某", last_name="李")
    record(
        actor_id=one.pk,
        act="view_case",
        subject=f"case:{case.pk}",
        purpose="case",
        now=now,
        person_id=holder.pk,
    )
    client.force_login(holder.user)

    text = text_of(client.get(reverse("my-data-looks")))

    assert one.station.name in text
    assert "民警" in text
    assert "查看案件" in text
    assert case.reference in text
    assert "李" not in text.split("<main")[1].split("</main")[0]
    assert one.username not in text


def test_one_s_own_acts_are_left_out_unless_asked_for(client, holder):
    client.force_login(holder.user)

    without = text_of(client.get(reverse("my-data-looks")))
    with_own = text_of(client.get(reverse("my-data-looks"), {"own": ""}))

    assert "开始填写申请" not in without
    assert "开始填写申请" in with_own
    assert "没有登录账号的人" in without  # who looked through the code


def test_the_looks_come_page_by_page(client, holder, now, django_assert_max_num_queries):
    looker = officer().pk
    for number in range(120):
        record(
            actor_id=looker,
            act="view_case",
            subject=f"case:{number}",
            purpose="case",
            now=now,
            person_id=holder.pk,
        )
    client.force_login(holder.user)
    url = reverse("my-data-looks")

    with django_assert_max_num_queries(12):
        first = client.get(url)
    second = client.get(url, {"before": first.context["before"]})

    assert len(first.context["lines"]) == 50
    assert len(second.context["lines"]) == 50


@pytest.mark.parametrize("before", ["x", "-1", "9" * 40, "１２"])
def test_a_page_that_there_is_not_does_not_exist(client, holder, before):
    client.force_login(holder.user)

    assert client.get(reverse("my-data-looks"), {"before": before}).status_code == 404


@pytest.mark.parametrize("name", ["my-data-looks-of", "my-data-correction-of"])
def test_the_file_of_a_ward_is_shown_and_a_foreign_one_does_not_exist(client, holder, name):
    ward = Relation.objects.get(guardian=holder).ward
    foreign = person(account())
    client.force_login(holder.user)

    answers = [
        client.get(reverse(name, args=[number])).status_code
        for number in (ward.pk, foreign.pk, 10**25)
    ]

    assert answers == [200, 404, 404]


def test_every_act_that_is_written_down_about_a_person_has_words():
    files = (portal.BASE_DIR / "residence_permit").rglob("*.py")
    written = {
        act
        for file in files
        for act in re.findall(
            r'(?:act=|_audit\([^")]*)"([a-z_]+)"', file.read_text(encoding="utf-8")
        )
    }

    assert {"view_case", "open_evidence", "check_share_code"} <= written
    assert sorted(written - set(look_words.ACTS) - ABOUT_NOBODY) == []


# Corrections


def test_the_page_says_which_office_corrects_what_is_frozen(client, holder):
    client.force_login(holder.user)

    text = text_of(client.get(reverse("my-data-correction")))

    assert "要由公安机关看过身份证才能改" in text
    assert holder.registrations.get().station.name in text
    assert reverse("residence-profile") in text


@pytest.mark.parametrize("make", [account, lambda: person(account()).user])
@pytest.mark.parametrize(
    "name",
    ["my-data", "my-data-readable", "my-data-looks", "my-data-correction", "my-data-deletion"],
)
def test_each_page_is_there_for_whoever_has_little(client, name, make):
    divisions()
    client.force_login(make())

    assert client.get(reverse(name)).status_code == 200


# Deletion


def test_what_no_law_keeps_is_deleted_and_the_rest_stays(client, holder, now):
    Notice.objects.filter(recipient=holder.user, channel="in_app").update(read_at=now)
    required = set(
        Notice.objects.filter(recipient=holder.user, statutory=True).values_list("pk", flat=True)
    )
    client.force_login(holder.user)
    url = reverse("my-data-deletion")

    asked = text_of(client.get(url))
    sent = client.post(url, {"parts": ["drafts", "codes", "messages", "wishes"]})
    again = client.get(url)

    assert "本网站收录的文本没有规定保存多久" in asked
    assert sent.url == url
    assert again.context["form"] is None
    assert not PermitApplication.objects.filter(status=CaseStatus.DRAFT).exists()
    assert holder.applications.get().status == CaseStatus.ISSUED
    assert set(Notice.objects.values_list("pk", flat=True)) >= required
    assert not Notice.objects.filter(
        recipient=holder.user, channel="in_app", statutory=False
    ).exists()
    assert not NoticePreference.objects.exists()
    row = ShareCode.objects.get()  # somebody looked through it
    assert (row.purpose, row.shows, row.revoked_at is not None) == ("", [], True)
    assert row.checks.count() == 1
    assert AuditEntry.objects.filter(act="delete_own_data").count() == 1


def test_a_code_that_nobody_looked_through_goes_altogether(holder, now):
    ShareCode.objects.update(revoked_at=now)
    permit = holder.permits.get()
    sharing.create_share(
        permit_id=permit.pk, actor=holder.user, purpose="入学", shows=(), days=1, now=now
    )

    done = deletion.delete_parts(user=holder.user, parts=["codes"], now=now)

    assert done == {"codes": 2}
    assert ShareCode.objects.count() == 1


def test_a_draft_of_which_was_warned_is_deleted_with_the_warning(holder, now):
    draft = PermitApplication.objects.get(status=CaseStatus.DRAFT)
    Notice.objects.create(
        cause="draft:1",
        template="draft-expiring",
        template_version=1,
        recipient=holder.user,
        application=draft,
        channel="in_app",
        params={"expires_on": "2026-12-31"},
        statutory=False,
        created_at=now,
        due_at=now,
        key="00000000-0000-4000-8000-000000000001",
    )

    done = deletion.delete_parts(user=holder.user, parts=["drafts"], now=now)

    assert done == {"drafts": 1}


@pytest.mark.parametrize("parts", [[], ["everything"], ["wishes", "x"]])
def test_wrong_parts_delete_nothing(client, holder, parts):
    client.force_login(holder.user)

    sent = client.post(reverse("my-data-deletion"), {"parts": parts})

    assert sent.status_code == 422
    assert NoticePreference.objects.exists()


def test_an_account_with_which_nothing_was_done_can_be_closed(client, now):
    who = person(account())
    ward = person(None)
    Relation.objects.create(guardian=who, ward=ward, kind="guardian", declared_at=now)
    user, number = who.user, who.user_id
    NoticePreference.objects.create(user=user)
    sign_in(client, user)
    url = reverse("my-data-closure")

    unsure = client.post(url, {})
    sent = client.post(url, {"sure": "on"})

    assert unsure.status_code == 422
    assert sent.url == reverse("home")
    assert not User.objects.filter(pk=number).exists()
    assert not Person.objects.filter(pk__in=(who.pk, ward.pk)).exists()
    assert AuditEntry.objects.get(act="close_account").actor_id == number
    assert client.get(reverse("my-portal")).status_code == 302
    assert client.get(reverse("home")).status_code == 200


def test_a_ward_for_whom_another_acts_stays(now):
    one, other = person(account()), person(account())
    ward = person(None)
    for guardian in (one, other):
        Relation.objects.create(guardian=guardian, ward=ward, kind="guardian", declared_at=now)

    deletion.close_account(user=one.user, now=now)

    assert Person.objects.filter(pk=ward.pk).exists()
    assert Relation.objects.get().guardian == other


def test_an_account_with_a_case_stays_and_says_why(client, holder, now):
    sign_in(client, holder.user)
    url = reverse("my-data-closure")

    asked = client.get(url)
    sent = client.post(url, {"sure": "on"})
    with pytest.raises(AccountKept) as kept:
        deletion.close_account(user=holder.user, now=now)

    assert set(kept.value.reasons) == {"cases", "permits", "registrations"}
    assert "用这个账号提交过申请" in text_of(asked)
    assert sent.status_code == 409
    assert User.objects.filter(pk=holder.user_id).exists()


def test_a_residence_that_others_reported_stays_when_an_account_is_closed(now):
    who = person(account())
    taken_in(line(id_number=who.id_number, name=who.name), now=now)
    rows = ResidenceRegistration.objects.count()

    deletion.close_account(user=who.user, now=now)

    assert ResidenceRegistration.objects.count() == rows


def test_staff_do_not_close_their_account_here(now):
    with pytest.raises(AccountKept) as kept:
        deletion.close_account(user=officer(), now=now)

    assert kept.value.reasons == ("staff",)


def test_the_audit_log_stays_whole(holder, now):
    deletion.delete_parts(user=holder.user, parts=deletion.PARTS, now=now)

    call_command("verify_audit", stdout=_Silent())


class _Silent:
    def write(self, text):
        """Say nothing."""
