"""A receipt as PDF: A4, text that can be searched and read aloud, its number on every page."""

import logging
import re
from collections.abc import Callable, Iterable
from datetime import date
from functools import lru_cache

import segno
from django.utils.translation import gettext as _
from fontTools.ttLib import TTFont
from fpdf import FPDF
from fpdf.enums import XPos, YPos
from pylopdf_fonts_zh_cn import sans_path

from eligibility import wording
from eligibility.presentation import Line, PaperLine, ResultPage

FAMILY = "NotoSansSC"
MARGIN = 18  # millimetres
QR_SIDE = 32
HANGING = 6  # a closing sign may stand this far in the margin
BODY, SMALL, TITLE, HEADING = 10.5, 9, 16, 12.5  # points
# It logs every character of every text, which may be a person's.
logging.getLogger("fontTools").setLevel(logging.ERROR)
TALL = 1.55  # line height as a multiple of the size


@lru_cache(maxsize=1)
def _known_characters() -> frozenset[int]:
    with TTFont(sans_path(), lazy=True) as font:
        return frozenset(font.getBestCmap())


def writable(text: str) -> str:
    """Return the text with every sign that the font lacks written as its number, none dropped."""
    known = _known_characters()
    return "".join(
        sign if ord(sign) in known or sign == "\n" else f"〔U+{ord(sign):04X}〕" for sign in text
    )


_PIECE = re.compile(r"[!-~]+ ?|.", re.DOTALL)
_NOT_FIRST = set("，。、；：？！）》”’〕」』,.;:?!)")  # 避头: never at the beginning of a line
_NOT_LAST = set("（《“‘〔「『(")  # 避尾: never at its end


def broken(text: str, room: float, width: Callable[[str], float]) -> list[str]:
    """Return the text in lines as Chinese is set: between any two signs, but words whole."""
    lines, line = [], ""
    for piece in _PIECE.findall(text):
        if line and width((line + piece).rstrip()) > room and piece not in _NOT_FIRST:
            kept = len(line)
            while kept > 1 and line[kept - 1] in _NOT_LAST:
                kept -= 1
            lines.append(line[:kept].rstrip())
            line = line[kept:]
        line += piece
        while width(line.rstrip()) > room + HANGING:  # one word longer than the line
            fits = max(n for n in range(1, len(line)) if n == 1 or width(line[:n]) <= room)
            lines.append(line[:fits])
            line = line[fits:]
    return [*lines, line.rstrip()] if line.strip() else lines


class Paper(FPDF):
    """An A4 page with the number and the day in its head."""

    def __init__(self, *, head: str, foot: str):
        super().__init__(format="A4")
        self.head, self.foot = head, foot
        self.add_font(FAMILY, "", sans_path())
        self.set_margins(MARGIN, MARGIN, MARGIN)
        self.c_margin = 0
        self.set_auto_page_break(True, margin=MARGIN)
        self.alias_nb_pages()
        self.add_page()

    def header(self) -> None:
        """Write the number and the day on every page."""
        self.set_font(FAMILY, size=SMALL)
        self.cell(0, 5, writable(self.head), new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.set_line_width(0.2)
        self.line(MARGIN, self.get_y() + 1, self.w - MARGIN, self.get_y() + 1)
        self.ln(4)

    def footer(self) -> None:
        """Write what the paper is not, and the page."""
        self.set_y(-MARGIN + 2)
        self.set_font(FAMILY, size=SMALL)
        width = self.epw - 20
        self.cell(width, 5, writable(self.foot))
        self.cell(20, 5, f"{self.page_no()} / {{nb}}", align="R")

    def text_block(self, text: str, *, size: float = BODY, indent: float = 0) -> None:
        """Write a paragraph."""
        self.set_font(FAMILY, size=size)
        room = self.w - self.l_margin - self.r_margin - indent - 2 * self.c_margin
        for line in broken(writable(text), room, self.get_string_width):
            self.set_x(self.l_margin + indent)
            self.cell(0, size * TALL * 0.3528, line, new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def heading(self, text: str) -> None:
        """Write a heading; it never stands alone at the end of a page."""
        if self.get_y() > self.h - MARGIN - 24:
            self.add_page()
        self.ln(3)
        self.text_block(text, size=HEADING)
        self.ln(0.5)

    def items(self, texts: Iterable[str], sign: str = "·") -> None:
        """Write a list."""
        for text in texts:
            self.text_block(f"{sign} {text}", indent=2)


def receipt_pdf(page: ResultPage, *, reference: str, address: str, kept_on: date) -> bytes:
    """Return a receipt in the active language."""
    head = _("Receipt %(reference)s, kept on %(day)s") % {
        "reference": reference,
        "day": wording.full_date(kept_on),
    }
    foot = _("No application and no permit; the police decide.")
    paper = Paper(head=head, foot=foot)
    paper.set_title(writable(head))
    paper.set_lang("zh-CN" if wording.language() == "zh" else "en")
    _write_code(paper, address)
    paper.text_block(_("Jiaxing Hukou Portal"), size=SMALL)
    with paper.local_context():  # beside the code
        paper.set_right_margin(MARGIN + QR_SIDE + 6)
        paper.text_block(page.sentence, size=TITLE)
        if page.ground:
            paper.text_block(f"{_('Legal basis:')} {page.ground.text}", size=BODY)
            if page.ground.secondary:
                paper.text_block(
                    _("Read in a published reprint; what the police confirm counts."),
                    size=SMALL,
                )
        paper.text_block(page.by_rules_of)
        paper.set_right_margin(MARGIN)
    paper.set_y(max(paper.get_y(), MARGIN + 12 + QR_SIDE))
    for notice in page.notices:
        paper.text_block(f"{notice.text} {notice.clause}".strip())
    _write_sections(paper, page)
    paper.ln(3)
    paper.text_block(address, size=SMALL)
    return bytes(paper.output())


def _write_code(paper: Paper, address: str) -> None:
    """Draw the QR code as black squares: no picture is needed."""
    rows = list(segno.make(address, error="m").matrix)
    side = QR_SIDE / len(rows)
    left, top = paper.w - MARGIN - QR_SIDE, MARGIN + 10
    paper.set_fill_color(0)
    for number, row in enumerate(rows):
        start = None
        for column, dark in enumerate([*row, 0]):
            if dark and start is None:
                start = column
            elif not dark and start is not None:
                x, width = left + start * side, (column - start) * side
                paper.rect(x, top + number * side, width, side, style="F")
                start = None


def _write_sections(paper: Paper, page: ResultPage) -> None:
    if page.missing:
        paper.heading(_("What is missing"))
        there = _("%(what)s; there on %(day)s")
        paper.items(
            there % {"what": item.text, "day": item.day} if item.day else item.text
            for item in page.missing
        )
    if page.best:
        paper.heading(_("What decides it"))
        paper.text_block(f"{_('Route:')} {page.best.name}")
        for line in page.best.lines:
            paper.items([_line_text(line)])
            for part in line.parts:
                paper.text_block(f"– {_line_text(part)}", indent=6)
    if page.family:
        paper.heading(_("May the family come along?"))
        paper.items(f"{member.who}: {member.reason}" for member in page.family)
    if page.papers:
        title = _("Bring these papers") if page.papers_certain else _("Papers that may be needed")
        paper.heading(title)
        paper.items((_paper_text(item) for item in page.papers), sign="□")
    paper.heading(_("Where to go"))
    paper.text_block(page.office)
    paper.text_block(page.procedure)
    if page.land_rights:
        paper.heading(_("Your land stays yours"))
        paper.text_block(f"{page.land_rights} {page.land_rights_clause}")
    paper.heading(_("If you are refused"))
    paper.text_block(page.remedies)


def _line_text(line: Line) -> str:
    ground = line.ground.text if line.ground and not line.parts else ""
    words = {
        "met": _("Met"),
        "not_met": _("Not met"),
        "unknown": _("Not known yet"),
        "officer_decides": _("The police decide"),
    }
    said = f"{line.text} [{words[line.verdict]}] {line.detail} {ground}"
    return " ".join(said.split())


def _paper_text(item: PaperLine) -> str:
    text = item.name
    if item.alternatives:
        text += _(", or %(other)s") % {"other": item.alternatives}
    if item.who:
        text += _(" (%(who)s)") % {"who": item.who}
    return text
