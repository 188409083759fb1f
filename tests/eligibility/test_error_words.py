"""What rule authors read when something is refused: every sentence of an error in Chinese."""

import ast
import re
from datetime import date
from pathlib import Path

import polib
import pytest
from django.utils.translation import override

from eligibility import error_words
from eligibility.core.errors import FieldError, RuleMalformed, Said

ROOT = Path(__file__).resolve().parents[2]
CATALOG = ROOT / "eligibility/locale/zh_Hans/LC_MESSAGES/django.po"
# Which argument of each is the sentence; ``error`` is that of a source file.
SENTENCE = {
    "Said": 0,
    "RuleError": 0,
    "NoDraft": 0,
    "PublishedRuleChanged": 0,
    "PublishedDocumentChanged": 0,
    "RuleNotInReview": 0,
    "ApproverIsAuthor": 0,
    "RuleOverlaps": 0,
    "RulesConflict": 0,
    "TooManyCases": 0,
    "RuleMalformed": 1,
    "ImpactRefused": 0,
    "ExampleRefused": 1,
    "error": 1,
    "LegalFileError": 2,
}


def called(node):
    match node.func:
        case ast.Name(id=name):
            return name
        case ast.Attribute(
            attr="error", value=ast.Name(id="source") | ast.Attribute(attr="source")
        ):
            return "error"
        case ast.Attribute(attr=name) if name != "error":
            return name
    return ""


def sentences(source):
    """Yield the constant sentences of errors, and None for one that is put together."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and (place := SENTENCE.get(called(node))) is not None:
            given = node.args[place : place + 1]
            if given and isinstance(given[0], ast.Constant):
                yield given[0].value
            elif given and isinstance(given[0], ast.JoinedStr):
                yield None


def python_files():
    """Return what the desk calls; commands speak English to operators."""
    found = (ROOT / "eligibility").rglob("*.py")
    return sorted(path for path in found if "management" not in path.parts)


def test_sentences_are_found():
    source = (
        'raise RuleMalformed(at, "no %(what)s")\nraise self.source.error(at, "bad")\n'
        'logger.error("x", "y")\nraise RuleError(f"{row} is gone")'
    )

    assert list(sentences(source)) == ["no %(what)s", "bad", None]


@pytest.mark.parametrize("path", python_files(), ids=lambda path: str(path.relative_to(ROOT)))
def test_every_sentence_of_an_error_is_translated(path):
    known = {entry.msgid: entry.msgstr for entry in polib.pofile(str(CATALOG))}
    gaps = re.compile(r"%\((\w+)\)")

    for said in sentences(path.read_text(encoding="utf-8")):
        assert said is not None, "a sentence has gaps with names, so that it can be translated"
        assert known.get(said), said
        assert set(gaps.findall(known[said])) == set(gaps.findall(said)), said


def test_a_sentence_is_said_in_the_readers_language_with_its_gaps_in_words():
    wrong = RuleMalformed(
        "rule.condition",
        "%(value)r does not fit %(fact)s; it takes %(wanted)s",
        value="castle",
        fact="has_residence_permit",
        wanted=Said("true or false"),
    )
    refused = Said("a fact is refused: %(fact)s", {"fact": FieldError("housing", "unknown_member")})

    with override("zh-hans"):
        assert (
            error_words.sentence(wrong.said) == "“castle”不适合“浙江省居住证”，应当是true 或 false"
        )
        assert error_words.sentence(refused).startswith("有一项事实不能接受：")
        overlap = Said(
            "another version of %(code)s begins in %(area)s on %(first)s; choose another day",
            {"code": "urban-owner", "area": "urban", "first": date(2027, 1, 1)},
        )
        assert "2027年1月1日" in error_words.sentence(overlap)
    assert str(wrong) == (
        "rule.condition: 'castle' does not fit has_residence_permit; it takes true or false"
    )
