"""Takes in tables of residents and carries them out, as the portal does; prints the seconds.

Run with DATABASE_URL set to an empty database: ``python -m benchmarks.workers.report_import ROWS``.
"""

import io
import json
import os
import resource
import sys
from time import perf_counter, process_time

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "jiaxing_hukou.settings.test")
django.setup()

from django.contrib.auth.models import Group  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.utils import timezone  # noqa: E402
from openpyxl import Workbook  # noqa: E402

from jiaxing_hukou.accounts.models import User  # noqa: E402
from jiaxing_hukou.accounts.roles import Role  # noqa: E402
from residence_permit.core.id_number import check_character  # noqa: E402
from residence_permit.models import Person, ReportBatch, ReportRow  # noqa: E402
from residence_permit.reports import reading  # noqa: E402
from residence_permit.services import calendar, reports  # noqa: E402
from residence_permit.services.reports import Source, take_in_report  # noqa: E402
from residence_permit.stays import id_hash  # noqa: E402

HEAD = (
    "姓名",
    "身份证号",
    "街道（镇）",
    "详细地址",
    "开始日期",
    "结束日期",
    "住房类型",
    "用人单位",
)
WITH_ACCOUNT = 10  # one in so many is told, because he has an account


class _Later:
    """A queue that nobody listens to: the work is timed by itself."""

    @staticmethod
    def delay(batch_id: int) -> None:
        """Do nothing."""


def number(serial: int) -> str:
    """Return a well-formed ID number."""
    body = f"{341221 + serial // 1000:06d}19900506{serial % 1000:03d}"
    return body + check_character(body)


def lines(count: int) -> list[list[str]]:
    """Return people who moved in today, each with an address of his own."""
    day = timezone.localdate().isoformat()
    return [
        [
            "王小明",
            number(serial),
            "南湖区南湖街道",
            f"中山东路{serial}号{serial % 30 + 1}幢{serial % 600 + 1}室",
            day,
            "",
            "租赁",
            "嘉兴某某纺织有限公司",
        ]
        for serial in range(count)
    ]


def as_csv(rows: list[list[str]]) -> bytes:
    """Return a table as CSV."""
    return "\r\n".join(",".join(row) for row in (HEAD, *rows)).encode("utf-8-sig")


def as_xlsx(rows: list[list[str]]) -> bytes:
    """Return a table as a workbook."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    for row in (HEAD, *rows):
        sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def account(name: str, role: Role) -> User:
    """Return an account with a role and no password."""
    user = User.objects.create(username=name)
    user.groups.add(Group.objects.get(name=role.value))
    return user


def people(count: int) -> None:
    """Give one in ten an account with a profile."""
    now = timezone.now()
    serials = range(0, count, WITH_ACCOUNT)
    users = User.objects.bulk_create([User(username=f"resident-{n}") for n in serials])
    Person.objects.bulk_create(
        [
            Person(
                user=user,
                name="王小明",
                id_number=number(serial),
                id_hash=id_hash(number(serial)),
                birth_date="1990-05-06",
                sex="male",
                hukou_place="outside",
                created_at=now,
                updated_at=now,
            )
            for user, serial in zip(users, serials, strict=True)
        ]
    )


def timed(reporter: User, content: bytes) -> dict[str, float]:
    """Return how long a file takes: until its page is there, and until its last line is settled."""
    start, worked = perf_counter(), process_time()
    batch, is_new = take_in_report(
        reporter=reporter,
        source=Source.LANDLORD,
        shown_name="bench",
        content=content,
        now=timezone.now(),
    )
    taken_in = perf_counter()
    while reading.read(batch.pk):
        pass
    done = perf_counter()
    batch.refresh_from_db()
    if not is_new or batch.status != ReportBatch.Status.DONE:
        raise SystemExit(f"the batch is {batch.status}, not done")
    return {
        "taking_in": taken_in - start,
        "carrying_out": done - taken_in,
        "cpu": process_time() - worked,
    }


def main(count: int) -> None:
    """Measure a new table, the same people again from elsewhere, and a workbook."""
    reports.read_report = _Later
    call_command("migrate", verbosity=0)
    call_command("load_divisions", stdout=io.StringIO())
    call_command("load_stations", stdout=io.StringIO())
    calendar.seed()
    people(count)
    rows = lines(count)
    first, second = account("first", Role.REPORTER), account("second", Role.REPORTER)
    found = {"new": timed(first, as_csv(rows)), "known": timed(second, as_xlsx(rows))}
    results = {
        result: ReportRow.objects.filter(result=result).count() for result in ("reported", "known")
    }
    if results != {"reported": count, "known": count}:
        raise SystemExit(f"the lines came to something else: {results}")
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"times": found, "peak_mb": megabytes}))


if __name__ == "__main__":
    main(int(sys.argv[1]))
