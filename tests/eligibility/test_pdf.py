"""The receipt as PDF: text that can be searched, its number on every page, no sign lost."""

import re
import shutil
import subprocess
from datetime import date

from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from eligibility.pdf import broken, receipt_pdf, writable
from eligibility.presentation import Ground, Line, ResultPage, RouteCard
from tests.services.plugin import missing

REFERENCE = "92ME2CWFS-HDACTP5FB-1SWGWM9RW"
ADDRESS = f"https://hukou.example/receipt/{REFERENCE}/"
TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=200)


def page(*, lines=1, sentence="您现在可以在桐乡市落户。"):
    """Return a page with as many conditions as wanted."""
    ground = Ground(text="嘉政发〔2016〕31号 三（一）", url="", secondary=True)
    line = Line(text="合法稳定住所", verdict="met", detail="您填的是：自有住房。", ground=ground)
    card = RouteCard(
        code="x",
        name="全面放开县(市)落户",
        verdict="met",
        ground=ground,
        lines=(line,) * lines,
        sentence="",
        self_only=False,
    )
    empty = dict.fromkeys(ResultPage.__dataclass_fields__, "")
    given = {"sentence": sentence, "ground": ground, "best": card}
    for name in ("missing", "advice", "family", "papers", "notices", "others"):
        given[name] = ()
    return ResultPage(**{**empty, **given})


def read(content):
    """Return the text of each page, as a reader or a search would find it."""
    program = shutil.which("pdftotext") or missing("pdftotext")
    done = subprocess.run(
        [program, "-layout", "-", "-"], input=content, capture_output=True, check=True
    )
    return done.stdout.decode().split("\f")[:-1]


def make(shown):
    with translation.override("zh-hans"):
        return receipt_pdf(shown, reference=REFERENCE, address=ADDRESS, kept_on=date(2026, 11, 24))


def test_the_text_can_be_searched():
    [text] = read(make(page()))

    for words in (
        "您现在可以在桐乡市落户。",
        "合法稳定住所",
        "嘉政发〔2016〕31号",
        "2026年11月24日",
    ):
        assert words in text
    assert ADDRESS in text


def test_the_number_stands_on_every_page():
    pages = read(make(page(lines=150)))

    assert len(pages) > 2
    assert all(REFERENCE in text for text in pages)
    numbers = [re.findall(r"(\d+) ?/ ?(\d+)", text)[-1] for text in pages]
    assert numbers == [(str(n), str(len(pages))) for n in range(1, len(pages) + 1)]


def test_a_sign_that_the_font_lacks_is_written_as_its_number():
    [text] = read(make(page(sentence="𠮷祥街道\U0001f600可以")))

    assert "𠮷祥街道" in text or "〔U+20BB7〕祥街道" in text
    assert "〔U+1F600〕" in text


def width(text):
    return float(sum(2 if ord(sign) > 0x2E80 else 1 for sign in text))


@given(TEXT)
def test_breaking_lines_loses_nothing(text):
    lines = broken(text, 20, width)

    assert re.sub(r"\s", "", "".join(lines)) == re.sub(r"\s", "", text)
    assert all(width(line) <= 20 + 6 for line in lines)


@given(TEXT)
def test_every_sign_is_written_or_named(text):
    assert len(writable(text)) >= len(text)


def test_no_line_begins_with_a_stop_or_ends_with_an_opening():
    lines = broken(
        "一二三四五六七八九十，十一十二十三十四十五十六（十七）十八十九二十。", 20, width
    )

    assert not [line for line in lines if line[0] in "，。）" or line[-1] in "（"]
