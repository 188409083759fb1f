"""People who register, people who report, and files of reports; complete and unremarkable."""

import io
from datetime import date

from django.contrib.auth.models import Group
from django.core.management import call_command
from openpyxl import Workbook

from eligibility import selectors
from jiaxing_hukou.accounts.models import User
from jiaxing_hukou.accounts.roles import Role
from residence_permit.models import Person, ResidenceRegistration
from residence_permit.services.people import Stated
from residence_permit.services.reports import take_in_report
from residence_permit.stays import Stay
from tests.residence_permit.workbench import NOW, TOWNSHIP, account, id_number, person

Source = ResidenceRegistration.Source
HEAD = "姓名,身份证号,街道（镇）,详细地址,开始日期,结束日期,住房类型,用人单位"
HAINING = "330481001"  # 硖石街道: another county than 市区
XIUZHOU = "330411003"  # 市区, as TOWNSHIP is


class _Silent:
    def write(self, text: str) -> None:
        """Say nothing."""


def divisions() -> None:
    """Put the townships where the portal reads them; once a process is enough."""
    if not selectors.townships():
        call_command("load_divisions", stdout=_Silent())
        selectors.townships()


def stated(**given) -> Stated:
    """Return what somebody from another province says of himself."""
    known = {"name": "王小明", "hukou_place": "outside", "id_number": ""} | given
    return Stated(**known | {"id_number": known["id_number"] or id_number()})


def stay(**given) -> Stay:
    """Return a rented room in 南湖街道."""
    known = {
        "township_code": TOWNSHIP,
        "address": "中山东路18号2幢301室",
        "lives_there_since": date(2026, 11, 1),
        "housing": "rented_private",
        "employer": "嘉兴某某纺织有限公司",
    }
    return Stay(**known | given)


def reporter(**given) -> User:
    """Return an account that may report others."""
    user = account()
    user.groups.set(Group.objects.filter(name=Role.REPORTER.value))
    return user


def resident(**given) -> Person:
    """Return somebody with an account and a profile."""
    return person(account(), **given)


def line(**given) -> str:
    """Return a line of a CSV file: somebody who moved in yesterday."""
    known = {
        "name": "王小明",
        "id_number": "",
        "township": "南湖街道",
        "address": "中山东路18号2幢301室",
        "started_on": "2026-11-24",
        "ended_on": "",
        "housing": "租赁",
        "employer": "嘉兴某某纺织有限公司",
    } | given
    known["id_number"] = known["id_number"] or id_number()
    return ",".join(known.values())


def csv_file(*lines: str, head: str = HEAD) -> bytes:
    """Return a CSV file as Excel writes it here."""
    return ("\r\n".join((head, *lines)) + "\r\n").encode("utf-8-sig")


def xlsx_file(*rows: list, head: str = HEAD) -> bytes:
    """Return a workbook with these rows."""
    book = Workbook()
    sheet = book.active
    sheet.append(head.split(","))
    for row in rows:
        sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def taken_in(*lines: str, by: User | None = None, source=Source.LANDLORD, now=NOW, content=None):
    """Return a batch that waits for a worker."""
    batch, _new = take_in_report(
        reporter=by or reporter(),
        source=source,
        shown_name="租客.csv",
        content=content or csv_file(*lines),
        now=now,
    )
    return batch
