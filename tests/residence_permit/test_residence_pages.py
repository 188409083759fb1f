"""The pages of the profile and of residence registration, as somebody presses through them."""

import re
from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from eligibility.wording import full_date
from jiaxing_hukou.audit.models import AuditEntry
from residence_permit.models import Person, Relation, ResidenceRegistration
from residence_permit.reports import reading
from residence_permit.services import people, registrations
from tests.residence_permit.residents import (
    HAINING,
    XIUZHOU,
    Source,
    divisions,
    line,
    resident,
    stated,
    stay,
    taken_in,
)
from tests.residence_permit.workbench import TOWNSHIP, account, id_number, office, person

pytestmark = pytest.mark.django_db
CHILD = date(2015, 3, 1)


@pytest.fixture(autouse=True)
def _divisions(db):
    divisions()


def today(days_ago=0):
    return timezone.localdate() - timedelta(days=days_ago)


def day(name, when):
    """Return a day as its three boxes send it."""
    parts = (when.year, when.month, when.day) if when else ("", "", "")
    return {
        f"{name}_{part}": str(n) for part, n in zip(("year", "month", "day"), parts, strict=True)
    }


def profile(**given):
    known = {"name": "王小明", "id_number": id_number(), "hukou_place": "outside", "seen": ""}
    return known | given


def home_of(since_days=3, **given):
    """Return what the form of a residence sends."""
    known = {
        "township_code": TOWNSHIP,
        "address": "中山东路18号2幢301室",
        "housing": "rented_private",
        "employer": "嘉兴某某纺织有限公司",
    }
    return known | day("lives_there_since", today(since_days)) | given


def register(who, **given):
    stays = stay(lives_there_since=today(3), **given)
    return registrations.register(person=who, stay=stays, actor=who.user, now=timezone.now())


def reported(who, **given):
    known = {"name": who.name, "id_number": who.id_number, "started_on": f"{today(1)}"} | given
    batch = taken_in(line(**known), now=timezone.now())
    reading.read(batch.pk)
    return batch.rows.get().registration


def ward_of(guardian, name="王小妹", birth=CHILD):
    return people.add_ward(
        guardian=guardian,
        kind=Relation.Kind.GUARDIAN,
        stated=stated(name=name, id_number=id_number(birth)),
        now=timezone.now(),
    )


def text_of(response) -> str:
    """Return the words of the main part of a page."""
    main = response.content.decode().split("<main")[1].split("</main>")[0]
    return " ".join(re.sub(r"<[^>]+>", " ", main).split())


# --- Who somebody is


def test_a_profile_is_made_and_shown_masked(client):
    user, number = account(), id_number()
    client.force_login(user)

    empty = client.get(reverse("residence-home"))
    sent = client.post(
        reverse("residence-profile"), profile(id_number=number.lower(), phone="138 0573 0001")
    )
    home = client.get(reverse("residence-home"))
    form = client.get(reverse("residence-profile"))

    me = Person.objects.get(user=user)
    assert f'href="{reverse("residence-profile")}"' in empty.content.decode()
    assert (sent.status_code, me.id_number, me.phone) == (302, number, "+8613805730001")
    for page in (home, form):
        assert number not in page.content.decode()
        assert f"{number[:6]}********{number[-4:]}" in page.content.decode()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"id_number": "110105194912310021"}, "身份证号第 18 位校验不对，请对照证件再看一遍。"),
        ({"id_number": "110105491231002"}, "这是 15 位的旧号码。"),
        ({"id_number": ""}, "请填写身份证号"),
        ({"id_number": "王小明"}, "身份证号是 18 位。"),
        ({"id_number": "9" * 100_000}, "身份证号是 18 位。"),
        ({"name": ""}, "请填写姓名"),
        ({"name": "<img src=x>"}, "姓名里有不该出现的符号。"),
        ({"name": "王" * 51}, "姓名超过 50 个字。"),
        ({"name": "王\u202e小明"}, "姓名里有不该出现的符号。"),
        ({"hukou_place": ""}, "请选择户口所在地。"),
        ({"hukou_place": "330402010"}, "请选择户口所在地。"),
        ({"phone": "12345"}, "这不是手机号码。"),
        ({"hukou_address": "路" * 201}, "地址超过 200 个字"),
        ({"ethnicity": "=1+1"}, "民族只用文字填写"),
    ],
)
def test_a_refusal_stands_at_its_field_and_keeps_what_was_typed(client, given, said):
    client.force_login(account())

    page = client.post(reverse("residence-profile"), profile(**given))

    [field] = given
    html = page.content.decode()
    assert page.status_code == 422
    assert said in html
    assert f'href="#id_{field}"' in html  # the summary leads to it
    assert f'id="id_{field}_error"' in html
    if given[field].isdecimal() and field != "hukou_place" and len(given[field]) < 100:
        assert f'value="{given[field]}"' in html
    assert not Person.objects.exists()


def test_numbers_of_hong_kong_macau_and_taiwan_are_taken_in_wide_letters_too(client):
    client.force_login(account())
    number = "830000199201300022"
    wide = "".join(chr(ord(c) + 0xFEE0) for c in number)

    client.post(reverse("residence-profile"), profile(id_number=wide))

    assert Person.objects.get().id_number == number


def test_a_stale_tab_is_shown_field_by_field(client):
    me = resident()
    client.force_login(me.user)
    url, known = reverse("residence-profile"), {"id_number": "", "seen": 1}
    client.post(url, profile(name="王小民", **known))

    stale = client.post(url, profile(name="王晓明", ethnicity="汉族", **known))
    seen = re.search(r'name="seen" value="(\d+)"', stale.content.decode())[1]
    kept = Person.objects.get().name
    client.post(url, profile(name="王晓明", ethnicity="汉族", id_number="", seen=seen))

    said = text_of(stale)
    assert stale.status_code == 409
    assert "王小民" in said
    assert 'value="王晓明"' in stale.content.decode()
    assert (kept, Person.objects.get().name) == ("王小民", "王晓明")
    assert Person.objects.get().id_number == me.id_number


def test_what_an_office_has_to_correct_cannot_be_typed(client):
    me = resident()
    register(me)
    client.force_login(me.user)

    page = client.get(reverse("residence-profile"))
    client.post(reverse("residence-profile"), profile(name="王晓明", seen=1))

    me.refresh_from_db()
    assert "只能由派出所更正" in text_of(page)
    assert me.name == "王晓明"
    assert people.id_hash(me.id_number) == me.id_hash


def test_a_child_is_added_corrected_and_registered_by_his_guardian(client):
    me = resident()
    client.force_login(me.user)
    number = id_number(CHILD)

    wrong = client.post(
        reverse("residence-ward-add"),
        profile(kind="near_relative", name="王小妹", id_number=number),
    )
    client.post(
        reverse("residence-ward-add"), profile(kind="guardian", name="王小妹", id_number=number)
    )
    child = me.wards.get().ward
    client.post(
        reverse("residence-ward", args=[child.pk]),
        profile(name="王晓妹", id_number="", seen=1),
    )
    client.post(reverse("residence-register-ward", args=[child.pk]), home_of())

    child.refresh_from_db()
    row = child.registrations.get()
    assert wrong.status_code == 422
    assert "由监护人申报" in text_of(wrong)
    assert (child.name, row.source, row.status) == ("王晓妹", "guardian", "active")


def test_another_family_does_not_exist(client):
    child, stranger = ward_of(resident()), resident()
    client.force_login(stranger.user)

    for name in ("residence-ward", "residence-register-ward"):
        assert client.get(reverse(name, args=[child.pk])).status_code == 404
        assert client.post(reverse(name, args=[child.pk]), profile()).status_code == 404
        assert client.get(reverse(name, args=[2**70])).status_code == 404


# --- Registering


@pytest.mark.parametrize(
    ("situation", "article"),
    [
        ("hotel", "第十二条第一款第（一）项"),
        ("hospital", "第十二条第一款第（二）项"),
        ("school", "第十二条第一款第（三）项"),
        ("shelter", "第十二条第一款第（四）项"),
        ("relative", "第十二条第三款"),
    ],
)
def test_who_need_not_register_is_told_before_the_form(client, situation, article):
    client.force_login(resident().user)

    first = client.get(reverse("residence-register"))
    told = client.get(reverse("residence-register"), {"situation": situation})

    assert "您属于下面哪种情况？" in text_of(first)
    assert article in text_of(told)
    assert "可以不申报" in text_of(told)


def test_a_residence_is_registered_once(client):
    station, me = office(), resident()
    client.force_login(me.user)
    url = reverse("residence-register")

    form = client.get(url, {"situation": "none"})
    sent = client.post(url, home_of())
    again = client.post(url, home_of())
    home = text_of(client.get(reverse("residence-home")))

    row = ResidenceRegistration.objects.get()
    assert "<optgroup" in form.content.decode()
    assert (sent.status_code, again.status_code) == (302, 302)
    assert (row.person, row.station, row.registered_on) == (me, station, today())
    assert row.reference in home
    assert "中山东路18号2幢301室" in home
    assert full_date(row.registered_on) in home


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"township_code": ""}, "请选择街道或镇。"),
        ({"township_code": "330402999"}, "请选择街道或镇。"),
        ({"address": ""}, "请填写地址"),
        ({"address": "3号"}, "地址太短"),
        ({"address": "路\u200b号1幢1室"}, "看不见的符号"),
        ({"housing": "castle"}, "请选择住的是哪种房子。"),
        ({"employer": "厂" * 101}, "名称超过 100 个字"),
        (day("lives_there_since", None), "请填写年、月、日"),
        (day("lives_there_since", date(2999, 1, 1)), "这一天还没到"),
        (day("lives_there_since", date(1989, 1, 1)), "这一天早于出生日期"),
        ({"lives_there_since_month": "13"}, "没有这一天"),
    ],
)
def test_a_residence_that_cannot_be_is_refused_and_kept_as_typed(client, given, said):
    client.force_login(resident().user)

    page = client.post(reverse("residence-register"), home_of(**given))

    assert page.status_code == 422
    assert said in text_of(page)
    assert 'value="嘉兴某某纺织有限公司"' in page.content.decode() or "employer" in given
    assert not ResidenceRegistration.objects.exists()


@pytest.mark.parametrize(
    ("who", "said"),
    [
        ({"hukou_place": "330411"}, "同在市区"),
        ({"birth": timezone.localdate() - timedelta(days=3000)}, "请让监护人登录后为您申报"),
        ({"id_number": "810000199408230021"}, "第三十八条"),
    ],
)
def test_whoever_cannot_register_is_told_why_and_what_to_do(client, who, said):
    client.force_login(resident(**who).user)

    page = client.post(reverse("residence-register"), home_of())

    assert page.status_code == 422
    assert said in text_of(page)


def test_without_a_profile_everything_leads_to_it(client):
    client.force_login(account())

    for name in ("residence-register", "residence-ward-add"):
        assert client.get(reverse(name)).url == reverse("residence-profile")


# --- Changing and ending


def test_a_move_inside_the_city_goes_on_and_a_late_one_is_told_its_day(client):
    me = resident()
    row = register(me)
    ResidenceRegistration.objects.update(lives_there_since=today(60))
    client.force_login(me.user)
    url = reverse("residence-change", args=[row.reference])

    form = client.get(url)
    sent = client.post(
        url,
        home_of(township_code=XIUZHOU, address="秀洲大道1号", seen=1)
        | day("changed_on", today(20)),
        follow=True,
    )

    row.refresh_from_db()
    assert "第三十三条" in text_of(form)
    assert full_date(today() + timedelta(days=10)) in text_of(form)
    assert (row.township_code, row.lives_there_since) == (XIUZHOU, today(20))
    assert full_date(today(10)) in text_of(sent)  # the last of the ten days
    assert row.events.last().after["changed_on"] == f"{today(20)}"


def test_another_employer_leaves_the_day_of_moving_in(client):
    me = resident()
    row = register(me)
    client.force_login(me.user)

    client.post(
        reverse("residence-change", args=[row.reference]),
        home_of(employer="另一家公司", seen=1) | day("changed_on", today()),
    )

    row.refresh_from_db()
    assert (row.employer, row.lives_there_since) == ("另一家公司", today(3))


def test_a_move_to_another_county_begins_anew_and_says_so(client):
    me = resident()
    row = register(me)
    client.force_login(me.user)

    sent = client.post(
        reverse("residence-change", args=[row.reference]),
        home_of(township_code=HAINING, address="海昌路7号", seen=1) | day("changed_on", today()),
        follow=True,
    )

    assert "重新计算" in text_of(sent)
    assert me.registrations.filter(status="active").get().township_code == HAINING


def test_a_change_from_a_stale_tab_is_shown_beside_what_stands_there(client):
    me = resident()
    row = register(me)
    client.force_login(me.user)
    url = reverse("residence-change", args=[row.reference])
    changed = day("changed_on", today())
    client.post(url, home_of(address="勤俭路5号", seen=1) | changed)

    stale = client.post(url, home_of(address="勤俭路6号", seen=1) | changed)
    seen = re.search(r'name="seen" value="(\d+)"', stale.content.decode())[1]
    client.post(url, home_of(address="勤俭路6号", seen=seen) | changed)

    row.refresh_from_db()
    assert stale.status_code == 422
    assert "勤俭路5号" in text_of(stale)
    assert 'value="勤俭路6号"' in stale.content.decode()
    assert row.address == "勤俭路6号"


def test_a_registration_is_ended_with_its_history(client):
    me = resident()
    row = register(me)
    client.force_login(me.user)
    url = reverse("residence-end", args=[row.reference])

    early = client.post(url, {"seen": 1} | day("on", today(1)))
    client.post(url, {"seen": 1} | day("on", today()))
    again = client.post(url, {"seen": 1} | day("on", today()))
    home = text_of(client.get(reverse("residence-home")))

    row.refresh_from_db()
    assert (early.status_code, row.status, row.ended_on) == (422, "ended", today())
    assert again.status_code == 302
    assert "现在没有居住登记" in home
    assert row.reference in home


# --- Answering


def test_a_reported_residence_is_confirmed(client):
    me = resident()
    row = reported(me)
    client.force_login(me.user)
    url = reverse("residence-confirm", args=[row.reference])

    home = text_of(client.get(reverse("residence-home")))
    page = text_of(client.get(url))
    sent = client.post(url)
    late = client.post(url)

    row.refresh_from_db()
    assert "房屋出租人报送您住在这里，是这样吗？" in home
    assert "从今天起" in page
    assert (sent.status_code, row.status, row.registered_on) == (302, "active", today())
    assert late.status_code == 422
    assert "已经答复过" in text_of(late)


def test_confirming_elsewhere_warns_of_what_ends(client):
    me = resident()
    register(me, address="勤俭路5号")
    row = reported(me, township="海宁市硖石街道", address="海昌路7号")
    client.force_login(me.user)

    page = text_of(client.get(reverse("residence-confirm", args=[row.reference])))

    assert "勤俭路5号" in page
    assert "重新计算" in page


def test_a_reported_residence_is_denied(client):
    me = resident()
    row = reported(me)
    client.force_login(me.user)

    client.get(reverse("residence-deny", args=[row.reference]))
    client.post(reverse("residence-deny", args=[row.reference]))

    row.refresh_from_db()
    assert row.status == "denied"
    assert AuditEntry.objects.get(act="registration_deny").actor_id == me.user_id


def test_a_report_under_another_name_is_not_shown(client):
    number = id_number()
    row = reported(person(id_number=number, name="李四"), address="秘密路9号1室")
    me = resident(id_number=number)
    client.force_login(me.user)

    home = text_of(client.get(reverse("residence-home")))

    assert "秘密路" not in home
    assert "姓名不一致" in home
    assert client.get(reverse("residence-confirm", args=[row.reference])).status_code == 404


def test_another_person_s_registration_does_not_exist(client):
    me, other = resident(), resident()
    mine, his = register(me), reported(other)
    client.force_login(other.user)
    own = register(other, address="勤俭路5号")

    for name in ("residence-change", "residence-end", "residence-confirm", "residence-deny"):
        for method in (client.get, client.post):
            assert method(reverse(name, args=[mine.reference])).status_code == 404
            assert method(reverse(name, args=["x"])).status_code == 404
    for name in ("residence-confirm", "residence-deny"):  # his own, but nobody reported it
        assert client.get(reverse(name, args=[own.reference])).status_code == 404
    assert his.status == "reported"


# --- What all pages have in common


def test_pages_are_private(client):
    row = register(resident())
    urls = [
        reverse("residence-home"),
        reverse("residence-profile"),
        reverse("residence-register"),
        reverse("residence-ward-add"),
        reverse("residence-change", args=[row.reference]),
    ]

    for url in urls:
        assert client.get(url).url.startswith("/accounts/login/")
    client.force_login(row.person.user)
    for url in urls:
        assert client.get(url)["Cache-Control"].startswith("private, no-store")


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_home_takes_as_many_queries_for_one_as_for_three(
    client, language, django_assert_num_queries
):
    me = resident()
    register(me)
    client.force_login(me.user)
    client.cookies["django_language"] = language
    client.get(reverse("residence-home"))
    for size in (1, 3):
        while me.wards.count() < size:
            child = ward_of(me)
            registrations.register(
                person=child,
                stay=stay(lives_there_since=today(2)),
                actor=me.user,
                now=timezone.now(),
                source=Source.GUARDIAN,
            )

        with django_assert_num_queries(7):
            client.get(reverse("residence-home"))
