import re
from pathlib import Path

import pytest
from django.utils import translation

from residence_permit.evidence import wording
from residence_permit.evidence.errors import EvidenceRefused

FOLDER = Path(wording.__file__).parent
PARAMS = {"limit": 10 * 1024 * 1024, "found": 60, "megapixels": 50, "name": "SVG"}


def test_every_refusal_in_the_code_has_words():
    code = "".join(path.read_text() for path in FOLDER.glob("*.py"))

    raised = set(re.findall(r'EvidenceRefused\("(\w+)"', code))

    assert raised == set(wording.TEXTS)


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("code", wording.TEXTS)
def test_a_refusal_says_what_is_wrong_and_what_to_do(language, code):
    with translation.override(language):
        said = wording.explain(EvidenceRefused(code, **PARAMS))

    assert "%" not in said
    assert len(re.findall(r"[。.]", said)) >= 2


def test_the_limit_is_said_in_megabytes():
    with translation.override("zh-hans"):
        said = wording.explain(EvidenceRefused("too_large", limit=10 * 1024 * 1024))

    assert said.startswith("文件超过 10 MB。")
