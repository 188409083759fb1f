"""Every text that people read is translated, and no text is written past the translation."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import polib
import pytest
from django.template.loader import get_template
from django.templatetags.i18n import BlockTranslateNode, TranslateNode

ROOT = Path(__file__).resolve().parents[1]
APPS = ("eligibility", "jiaxing_hukou", "residence_permit")
TEMPLATES = ROOT / "templates"
# For those who build pages, in Chinese only.
NOT_FOR_PEOPLE = TEMPLATES / "dev"
CATALOGS = [ROOT / "locale", *(ROOT / app / "locale" for app in APPS)]

Message = tuple[str | None, str]  # context, text
# How a place is pronounced, which only English writes.
LEFT_OUT = {"sound"}

SINGLE = {"_", "_l", "N_", "gettext", "gettext_lazy", "gettext_noop", "ngettext", "ngettext_lazy"}
WITH_CONTEXT = {"pgettext", "pgettext_lazy", "npgettext", "npgettext_lazy"}


def in_python(source: str) -> Iterator[Message]:
    """Yield the texts that Python code hands to the translation."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            continue
        words = [arg.value for arg in node.args if isinstance(arg, ast.Constant)]
        if node.func.id in SINGLE and words:
            yield None, words[0]
        elif node.func.id in WITH_CONTEXT and len(words) > 1:
            yield words[0], words[1]


def in_template(path: Path) -> Iterator[Message]:
    """Yield the texts that a template hands to the translation."""
    nodelist = get_template(str(path.relative_to(TEMPLATES))).template.nodelist
    for node in nodelist.get_nodes_by_type(TranslateNode):
        context = node.message_context.var if node.message_context else None
        yield context, node.filter_expression.var.literal.replace("%", "%%")
    for node in nodelist.get_nodes_by_type(BlockTranslateNode):
        context = node.message_context.var if node.message_context else None
        yield context, node.render_token_list(node.singular)[0]


def python_files() -> list[Path]:
    return sorted(
        path
        for app in APPS
        for path in (ROOT / app).rglob("*.py")
        if "migrations" not in path.parts
    )


def template_files() -> list[Path]:
    found = sorted(TEMPLATES.rglob("*.html"))
    return [path for path in found if NOT_FOR_PEOPLE not in path.parents]


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def catalog() -> dict[Message, list[str]]:
    """Return every Chinese text by what it translates."""
    found: dict[Message, list[str]] = {}
    for folder in CATALOGS:
        for path in folder.glob("zh_Hans/LC_MESSAGES/*.po"):
            for entry in polib.pofile(str(path)):
                said = list(entry.msgstr_plural.values()) or [entry.msgstr]
                found.setdefault((entry.msgctxt, entry.msgid), []).extend(said)
    return found


def placeholders(text: str) -> set[str]:
    return set(re.findall(r"%\((\w+)\)", text))


def complaints(messages: Iterator[Message]) -> list[str]:
    known = catalog()
    found = []
    for context, text in messages:
        chinese = known.get((context, text), [])
        if not chinese or not all(chinese):
            found.append(f"no Chinese for {text!r}" + (f" ({context})" if context else ""))
        found += [
            f"other placeholders in {said!r}"
            for said in chinese
            if said and placeholders(said) | LEFT_OUT != placeholders(text) | LEFT_OUT
        ]
    return found


def test_the_texts_of_code_are_found():
    source = 'a = _("one " "text")\nb = pgettext("of a day", "off")\nfor _ in a: c(_)\n_(TEXTS[b])'

    assert list(in_python(source)) == [(None, "one text"), ("of a day", "off")]


def test_the_texts_of_a_template_are_found():
    found = set(in_template(TEMPLATES / "eligibility" / "check" / "question.html"))

    assert {(None, "Continue"), (None, "About %(number)s more question")} <= found


@pytest.mark.parametrize("path", python_files(), ids=name)
def test_every_text_of_the_code_is_translated(path):
    messages = in_python(path.read_text(encoding="utf-8"))

    assert complaints(messages) == []


@pytest.mark.parametrize("path", template_files(), ids=name)
def test_every_text_of_a_template_is_translated(path):
    assert complaints(in_template(path)) == []


TAGS = re.compile(
    r"{% ?comment ?%}.*?{% ?endcomment ?%}|{#.*?#}"
    r"|{% ?blocktrans(?:late)?\b.*?{% ?endblocktrans(?:late)? ?%}"
    r"|{%.*?%}|{{.*?}}",
    re.DOTALL,
)
HTML = re.compile(r"<[^>]*>", re.DOTALL)
SAID_ALOUD = re.compile(r'\b(?:alt|aria-label|placeholder|title|data-label)="([^"]*)"')
ENTITY = re.compile(r"&\w+;")
LETTERS = re.compile(r"[A-Za-z\u3400-\u9fff]+")
# The switch between the languages names each in itself.
ALLOWED = {"中文", "English"}


def bare_words(source: str) -> set[str]:
    """Return the words that a template says past the translation."""
    html = TAGS.sub("", source)
    text = ENTITY.sub("", HTML.sub(" ", html)) + " ".join(SAID_ALOUD.findall(html))
    return set(LETTERS.findall(text)) - ALLOWED


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("<p>{% translate 'Home' %}</p>", set()),
        ("<p>Good day</p>", {"Good", "day"}),
        ("<p>首页</p>", {"首页"}),
        ('<nav aria-label="Pages"></nav>', {"Pages"}),
        (
            '{% blocktranslate %}About {{ n }}{% endblocktranslate %}<a class="btn">&rsaquo;</a>',
            set(),
        ),
    ],
)
def test_bare_words_are_found(source, words):
    assert bare_words(source) == words


@pytest.mark.parametrize("path", template_files(), ids=name)
def test_a_template_says_nothing_past_the_translation(path):
    assert bare_words(path.read_text(encoding="utf-8")) == set()
