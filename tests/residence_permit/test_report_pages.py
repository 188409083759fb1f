"""The pages of reports in bulk: template, upload, progress, results."""

import csv
import io
import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from jiaxing_hukou.audit.models import AuditEntry
from residence_permit.models import ReportBatch, ReportRow, ResidenceRegistration
from residence_permit.reports import limits, reading
from residence_permit.reports.tables import read_table
from tests.residence_permit.residents import (
    HEAD,
    csv_file,
    divisions,
    line,
    reporter,
    resident,
    taken_in,
    xlsx_file,
)
from tests.residence_permit.test_residence_pages import text_of
from tests.residence_permit.workbench import id_number

pytestmark = pytest.mark.django_db
UPLOAD = "report-upload"


@pytest.fixture(autouse=True)
def _divisions(db):
    divisions()


@pytest.fixture
def landlord(client):
    user = reporter()
    client.force_login(user)
    return user


def yesterday():
    return f"{timezone.localdate() - timedelta(days=1)}"


def send(client, content, name="租客.csv", source="landlord", follow=False):
    data = {"source": source, "file": SimpleUploadedFile(name, content)}
    return client.post(reverse(UPLOAD), data, follow=follow)


def carried_out(user, *lines):
    batch = taken_in(*lines, by=user, now=timezone.now())
    reading.read(batch.pk)
    batch.refresh_from_db()
    return batch


def page_of(client, batch, query=""):
    return client.get(reverse("report-batch", args=[batch.reference]) + query)


@pytest.mark.parametrize(
    ("language", "first"), [("zh-hans", "姓名"), ("en", "Name")], ids=["zh", "en"]
)
def test_a_template_can_be_filled_in_and_sent(client, landlord, language, first):
    client.cookies["django_language"] = language

    plain = client.get(reverse("report-template", args=["csv"]))
    sheet = client.get(reverse("report-template", args=["xlsx"]))

    [head] = csv.reader(io.StringIO(plain.content.decode("utf-8-sig")))
    book = load_workbook(io.BytesIO(sheet.content))
    filled = book.worksheets[0]
    values = ["王小明", id_number(), "南湖街道", "中山东路1号", yesterday(), None, None, None]
    for place, value in enumerate(values, start=1):
        filled.cell(2, place, value)
    out = io.BytesIO()
    book.save(out)
    [row] = read_table(out.getvalue())
    assert head[0] == filled["A1"].value == first
    assert filled["B2"].number_format == "@"
    assert len(book.worksheets) == 2
    assert set(row.cells) == {"name", "id_number", "township", "address", "started_on"}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("租客.csv", lambda row: csv_file(line(started_on=row))),
        ("租客.xlsx", lambda row: xlsx_file(line(started_on=row).split(","))),
    ],
)
def test_a_table_is_sent_read_and_shown(
    client, landlord, name, content, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        sent = send(client, content(yesterday()), name)
    shown = text_of(client.get(sent.url))
    home = text_of(client.get(reverse("report-home")))

    batch = ReportBatch.objects.get()
    assert sent.url == reverse("report-batch", args=[batch.reference])
    assert "已收到，请本人确认" in shown
    assert "第 2 行" in shown
    assert name in home
    assert ResidenceRegistration.objects.count() == 1


def test_the_same_file_leads_to_the_same_page(client, landlord):
    content = csv_file(line(started_on=yesterday()))

    first = send(client, content)
    second = send(client, content, name="another.csv", follow=True)

    assert second.redirect_chain == [(first.url, 302)]
    assert "没有重复报送" in text_of(second)
    assert ReportBatch.objects.count() == 1


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "文件是空的"),
        (b"a" * (limits.MAX_BYTES + 1), "文件超过 8 MB"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "旧格式"),
        (b"%PDF-1.7\0", "这不是表格"),
        (f"{HEAD}\n".encode(), "表头下面没有内容"),
        ("姓名,手机\n王,1\n".encode(), "缺少这些列：身份证号、街道（镇）、详细地址、开始日期。"),
        ("姓名,手机\n王,1\n".encode(), "第 2 列"),
        (csv_file(*["王,1,南湖街道,路1号,2026-11-24,,,"] * 20_001), "超过 20000 行"),
    ],
)
def test_a_file_that_is_not_read_says_why_at_the_field(client, landlord, content, said):
    page = send(client, content)

    html = page.content.decode()
    assert page.status_code == 422
    assert said in html
    assert 'href="#id_file"' in html
    assert not ReportBatch.objects.exists()


@pytest.mark.parametrize("data", [{}, {"source": "self"}, {"source": "landlord", "file": "text"}])
def test_a_form_without_a_file_is_refused(client, landlord, data):
    page = client.post(reverse(UPLOAD), data)

    assert page.status_code == 422
    assert "请先选择文件" in text_of(page)


def test_only_reporters_come_here_and_only_to_their_own(client, landlord):
    mine = carried_out(landlord, line(started_on=yesterday()))
    urls = [
        reverse("report-home"),
        reverse(UPLOAD),
        reverse("report-template", args=["csv"]),
        reverse("report-batch", args=[mine.reference]),
        reverse("report-results", args=[mine.reference]),
    ]
    own = [client.get(url).status_code for url in urls]
    client.force_login(reporter())
    foreign = [client.get(url).status_code for url in urls]
    client.force_login(resident().user)
    refused = [client.get(url).status_code for url in urls]
    post = send(client, csv_file(line()))
    client.logout()

    assert own == [200] * 5
    assert foreign == [200, 200, 200, 404, 404]
    assert refused == [403] * 5
    assert post.status_code == 403
    assert {client.get(url).url.split("?")[0] for url in urls} == {"/accounts/login/"}


def test_progress_is_shown_and_asked_for_again(client, landlord):
    batch = taken_in(line(), line(), by=landlord)
    url = reverse("report-batch", args=[batch.reference])

    waiting = client.get(url)
    bar = client.get(url, headers={"HX-Request": "true"})
    reading.read(batch.pk)
    done = client.get(url, headers={"HX-Request": "true"})

    assert 'hx-trigger="every 2s"' in waiting.content.decode()
    assert f'<a class="action-link" href="{url}">' in waiting.content.decode()
    assert "<html" not in bar.content.decode()
    assert "HX-Refresh" not in bar
    assert done["HX-Refresh"] == "true"
    assert "hx-get" not in done.content.decode()


def test_lines_are_counted_chosen_and_paged(client, landlord):
    day = yesterday()
    good = [line(started_on=day) for _ in range(51)]
    batch = carried_out(landlord, line(name="", started_on=day), *good)

    everything = page_of(client, batch)
    refused = text_of(page_of(client, batch, "?only=refused"))
    more = text_of(page_of(client, batch, "?only=reported&after=52"))

    assert "有 1 行需要更正" in text_of(everything)
    assert "?after=51" in everything.content.decode()
    assert "第 2 行" in refused
    assert "请填写姓名" in refused
    assert "第 3 行" not in refused
    assert "第 53 行" in more
    for query in ("?only=x", "?after=x", "?after=99999999999", "?after=-1"):
        assert page_of(client, batch, query).status_code == 404


def test_results_are_downloaded_corrected_and_sent_again(client, landlord):
    day, number = yesterday(), id_number()
    batch = carried_out(
        landlord,
        line(started_on=day),
        line(name="＝王小明", id_number=number, started_on=day),
    )

    file = client.get(reverse("report-results", args=[batch.reference]))
    head, taken, refused = csv.reader(io.StringIO(file.content.decode("utf-8-sig"), newline=""))
    refused[head.index("姓名")] = "王小明"
    corrected = "\r\n".join(",".join(row) for row in (head, taken, refused)).encode("utf-8-sig")
    again, _ = taken_in(content=corrected, by=landlord, now=timezone.now()), None
    reading.read(again.pk)

    assert taken[head.index("身份证号")] == ""  # settled, and deleted here
    assert taken[head.index("处理结果")] == "已收到，请本人确认"
    assert refused[head.index("身份证号")] == number
    assert "姓名" in refused[head.index("说明")]
    assert "'＝王小明" in file.content.decode("utf-8-sig")
    assert file["Content-Disposition"] == (f'attachment; filename="results-{batch.reference}.csv"')
    assert AuditEntry.objects.get(act="download_report").actor_id == landlord.pk
    assert [row.result for row in again.rows.all()] == [ReportRow.Result.REPORTED]


def test_no_page_of_a_report_shows_a_person(client, landlord):
    number = id_number()
    batch = carried_out(
        landlord,
        line(name="赵钱孙", id_number=number, address="秘密路9号1室", started_on=yesterday()),
        line(name="赵钱孙", id_number="1" * 18, address="秘密路9号1室", started_on=yesterday()),
    )

    html = page_of(client, batch).content.decode()

    for word in ("赵钱孙", number, "1" * 18, "秘密路"):
        assert word not in html


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_page_of_a_batch_takes_as_many_queries_for_one_line_as_for_three(
    client, landlord, language, django_assert_num_queries
):
    client.cookies["django_language"] = language
    page_of(client, carried_out(landlord, line(started_on=yesterday())))
    for size in (1, 3):
        batch = carried_out(landlord, *(line(started_on=yesterday()) for _ in range(size)))

        with django_assert_num_queries(6):
            page_of(client, batch)
        with django_assert_num_queries(4):
            client.get(reverse("report-home"))


def test_every_refusal_has_words(settings):
    words = set()
    for module in ("tables", "spreadsheets", "columns"):
        source = (settings.BASE_DIR / "residence_permit" / "reports" / f"{module}.py").read_text()
        words |= set(re.findall(r'TableRefused\("(\w+)"', source))
    source = (settings.BASE_DIR / "residence_permit" / "presentation" / "reports.py").read_text()

    assert words
    assert {word for word in words if f'"{word}"' not in source} == set()
