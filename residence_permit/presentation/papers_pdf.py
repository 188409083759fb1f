"""The acceptance slip and the letter of a refusal as PDF, for whoever has to show them."""

from collections.abc import Iterable

from django.utils.translation import gettext as _

from eligibility import wording
from eligibility.pdf import SMALL, TITLE, Paper, writable
from residence_permit.presentation.refusals import Letter


def slip_pdf(
    *, reference: str, title: str, rows: Iterable[tuple[str, str]], papers: Iterable[str]
) -> bytes:
    """Return the slip: what was handed in, when, to whom, and by which day it is answered."""
    paper = _begun(title, reference)
    for label, text in rows:
        paper.text_block(_("%(label)s: %(text)s") % {"label": label, "text": text})
    listed = list(papers)
    if listed:
        paper.heading(_("Papers handed in"))
        paper.items(listed)
    return bytes(paper.output())


def letter_pdf(letter: Letter) -> bytes:
    """Return the letter of a refusal: reasons, articles, and what can be done against it."""
    paper = _begun(_("Decision"), letter.reference)
    paper.text_block(_("To: %(name)s") % {"name": letter.to})
    paper.text_block(letter.opening)
    paper.heading(_("Reasons"))
    for text in (letter.ground, letter.reason):
        for line in text.splitlines():
            paper.text_block(line)
    paper.text_block(f"{_('Legal basis:')} {letter.legal_basis}")
    paper.heading(_("What you can do against it"))
    paper.items(letter.remedies)
    paper.ln(6)
    for text in (letter.office, letter.on):
        paper.text_block(text)
    return bytes(paper.output())


def _begun(title: str, reference: str) -> Paper:
    head = f"{title} {reference}"
    paper = Paper(head=head, foot=_("Made from the portal; the record of the office counts."))
    paper.set_title(writable(head))
    paper.set_lang("zh-CN" if wording.language() == "zh" else "en")
    paper.text_block(_("Jiaxing Hukou Portal"), size=SMALL)
    paper.text_block(title, size=TITLE)
    return paper
