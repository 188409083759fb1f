"""A template with a mistake is refused when it is read, with file, line and remedy."""

import pytest

from residence_permit.notifications import registry
from residence_permit.notifications.registry import LegalFileError, TemplateUnknown, read_folder

GOOD = """notices:
  - code: case-accepted
    version: 1
    to: person
    about: case
    channels: [in_app, email, sms]
    statutory: true
    may: {due_on: date}
    zh:
      subject: 您的申请已受理
      body: |
        您的申请（{reference}）已受理。
        办理期限到{due_on}。
      sms: 您的申请（{reference}）已受理。
    en:
      subject: Your application has been accepted
      body: |
        Your application {reference} has been accepted.
        It is due on {due_on}.
      sms: Your application {reference} has been accepted.
"""


def _read(tmp_path, text):
    (tmp_path / "notices.yaml").write_text(text, encoding="utf-8")
    return read_folder(tmp_path)


def test_a_good_template_is_read(tmp_path):
    [template] = _read(tmp_path, GOOD)

    assert (template.code, template.channels) == ("case-accepted", ("in_app", "email", "sms"))
    assert template.texts["zh"].body[1] == "办理期限到{due_on}。"


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("{due_on}.", "soon.", r"\{due_on\} is declared and missing"),
        ("{due_on}.", "{due_on} {name}.", r"nothing fills \{name\}"),
        ("已受理\n      body", "已受理（{reference}）\n      body", "subject must not hold"),
        ("{due_on}.", "{due_on.year}.", "plain name"),
        ("{due_on}.", "{due_on!r}.", "plain name"),
        ("about: case", "about: weather", "use one of"),
        ("due_on: date", "due_on: text", "use one of date, count"),
        ("[in_app, email, sms]", "[email, sms]", "add in_app"),
        ("[in_app, email, sms]", "[in_app]", "`sms` is needed exactly"),
        ("statutory: true", "statutory: perhaps", "write true or false"),
        ("    to: person\n", "", "`to` is missing"),
        ("    to: person\n", "    to: person\n    colour: red\n", "`colour` is not known"),
        ("您的申请（{reference}）已受理。\n        ", "", "one line must stand"),
        ("sms: Your", "sms: " + "very " * 40 + "Your", "shorten `sms`"),
    ],
)
def test_a_mistake_is_refused_with_its_line(tmp_path, old, new, why):
    with pytest.raises(LegalFileError, match=why) as caught:
        _read(tmp_path, GOOD.replace(old, new, 1))

    assert caught.value.line > 1


def test_the_same_version_twice_is_refused(tmp_path):
    with pytest.raises(LegalFileError, match="given twice"):
        _read(tmp_path, GOOD + GOOD.partition("\n")[2])


def test_the_latest_version_is_sent_and_earlier_ones_stay_readable(tmp_path):
    newer = (
        GOOD.partition("\n")[2].replace("version: 1", "version: 2").replace("已受理。", "受理了。")
    )
    both = _read(tmp_path, GOOD + newer)

    assert both.current("case-accepted").version == 2
    assert "已受理" in both.version("case-accepted", 1).texts["zh"].body[0]
    with pytest.raises(TemplateUnknown):
        both.version("case-accepted", 3)


def test_the_shipped_templates_have_no_mistake():
    codes = [template.code for template in registry.shipped()]

    assert len(codes) == len(set(codes)) > 20
