"""Residence registration and reports in a browser: on three widths, in both languages."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone

from jiaxing_hukou.accounts.roles import Role
from residence_permit.models import Relation
from residence_permit.reports import reading
from residence_permit.services import people, registrations
from residence_permit.services.reports import take_in_report
from tests.accounts import sign_in_with_browser
from tests.browser.eyes import faults
from tests.residence_permit.notifications.mailroom import reachable
from tests.residence_permit.residents import (
    Source,
    csv_file,
    divisions,
    line,
    reporter,
    stated,
    stay,
)
from tests.residence_permit.workbench import id_number, person

pytestmark = pytest.mark.django_db(transaction=True)

PASSWORD = "a strong pass phrase"
WIDTHS = (320, 390, 1280)
SHOTS = os.environ.get("JIAXING_SHOTS", "")  # a folder for pictures, for those who look at them


class Reader:
    """Somebody who looks at each page on every width, and notes what is wrong with it."""

    def __init__(self, page, portal, language):
        self.page, self.portal, self.language = page, portal, language
        self.faults = {}
        cookie = {"name": "django_language", "value": language, "url": portal}
        page.context.add_cookies([cookie])

    def go(self, path):
        self.page.goto(f"{self.portal}{path}")

    def press(self, selector):
        with self.page.expect_navigation():
            self.page.click(selector)

    def look(self, name):
        for width in WIDTHS:
            self.page.set_viewport_size({"width": width, "height": 900})
            if found := faults(self.page):
                self.faults[name, width] = found
            if SHOTS:
                path = Path(SHOTS) / f"{name}-{self.language}-{width}.png"
                self.page.screenshot(path=path, full_page=True)


def yesterday():
    return timezone.localdate() - timedelta(days=1)


def report_of(landlord, *lines):
    batch, _ = take_in_report(
        reporter=landlord,
        source=Source.LANDLORD,
        shown_name="三月租客名单（南湖区中山东路）.csv",
        content=csv_file(*lines),
        now=timezone.now(),
    )
    reading.read(batch.pk)  # in case no worker has
    return batch


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_somebody_registers_himself_and_a_child(live_server, page, language):
    divisions()
    user = reachable()
    reader = Reader(page, live_server.url, language)
    sign_in_with_browser(page, live_server.url, user, PASSWORD)

    reader.go("/residence/")
    reader.look("home-empty")
    reader.go("/residence/profile/")
    page.fill("#id_id_number", "110105194912310021")
    reader.press("main form .btn-primary")
    reader.look("profile-refused")
    page.fill("#id_name", "买买提·吐尔逊江·阿卜杜热合曼")
    page.fill("#id_id_number", id_number())
    page.select_option("#id_hukou_place", "outside")
    reader.press("main form .btn-primary")
    reader.look("home-unregistered")
    reader.go("/residence/register/")
    reader.look("situation")
    page.click("label[for=id_situation_0]")
    reader.press("main form .btn-primary")
    reader.look("exempt")
    reader.go("/residence/register/?situation=none")
    reader.look("register")
    reader.press("main form .btn-primary")
    reader.look("register-refused")
    day = timezone.localdate() - timedelta(days=2)
    page.select_option("#id_township_code", "330402010")
    page.fill("#id_address", "南湖街道文昌路社区居民委员会文昌西路1188弄凤凰公寓18号楼2单元1301室")
    for part in ("year", "month", "day"):
        page.fill(f"[name=lives_there_since_{part}]", str(getattr(day, part)))
    page.click("label[for=id_housing_1]")
    reader.press("main form .btn-primary")
    reader.look("home-registered")
    reader.press("main .button-row .btn-primary")
    reader.look("change")
    reader.go("/residence/")
    reader.press("main .button-row .btn-secondary")
    reader.look("end")
    reader.go("/residence/people/add/")
    reader.look("ward-add")

    assert reader.faults == {}


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_somebody_answers_reports_and_meets_another_tab(live_server, page, language):
    divisions()
    me = person(reachable())
    child = people.add_ward(
        guardian=me,
        kind=Relation.Kind.GUARDIAN,
        stated=stated(name="王小妹", id_number=id_number(yesterday().replace(year=2016))),
        now=timezone.now(),
    )
    registrations.register(
        person=child,
        stay=stay(lives_there_since=yesterday()),
        actor=me.user,
        now=timezone.now(),
        source=Source.GUARDIAN,
    )
    known = {"name": me.name, "id_number": me.id_number, "started_on": f"{yesterday()}"}
    report_of(reporter(), line(**known), line(**known | {"address": "勤俭路5号"}))
    reader = Reader(page, live_server.url, language)
    sign_in_with_browser(page, live_server.url, me.user, PASSWORD)

    reader.go("/residence/")
    reader.look("home-reported")
    reader.press("main .notice .action-link >> nth=0")
    reader.look("confirm")
    reader.press("main form .btn-primary")
    reader.press("main .notice .action-link >> nth=1")
    reader.look("deny")
    reader.press("main form .btn-danger")
    reader.look("home-answered")
    reader.go("/residence/profile/")
    people.save_profile(
        user=me.user,
        stated=stated(name="王小民", id_number=me.id_number),
        now=timezone.now(),
    )
    page.fill("#id_name", "王晓明")
    reader.press("main form .btn-primary")
    reader.look("profile-two-versions")

    assert reader.faults == {}


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_somebody_reports_tenants(live_server, page, language, tmp_path):
    divisions()
    landlord = reachable()
    landlord.groups.add(Group.objects.get(name=Role.REPORTER.value))
    file = tmp_path / "租客名单.csv"
    good = [line(started_on=f"{yesterday()}") for _ in range(3)]
    bad = line(name="", id_number="110105194912310021", started_on="2020-01-02")
    late = line(started_on="2026-01-05")
    file.write_bytes(csv_file(*good, bad, late, good[0]))
    reader = Reader(page, live_server.url, language)
    sign_in_with_browser(page, live_server.url, landlord, PASSWORD)

    reader.go("/reports/")
    reader.look("reports-empty")
    reader.go("/reports/upload/")
    reader.look("upload")
    reader.press("main form .btn-primary")
    reader.look("upload-refused")
    page.click("label[for=id_source_1]")
    page.set_input_files("#id_file", file)
    reader.press("main form .btn-primary")
    reader.look("batch")
    reader.go("/reports/")
    reader.look("reports")
    landlord.report_batches.update(status="running", rows_done=2)
    reader.go(f"/reports/{landlord.report_batches.get().reference}/")
    reader.look("batch-running")
    landlord.report_batches.update(status="done", rows_done=6)
    page.wait_for_selector("progress", state="detached", timeout=10_000)
    reader.look("batch-reloaded")

    assert reader.faults == {}


def test_an_account_that_does_not_report_is_told_how_to(live_server, page):
    user = reachable()
    reader = Reader(page, live_server.url, "zh-hans")
    sign_in_with_browser(page, live_server.url, user, PASSWORD)

    reader.go("/reports/")
    reader.look("not-a-reporter")

    assert reader.faults == {}
