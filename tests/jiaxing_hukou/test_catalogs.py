import shutil

import polib
import pytest

from jiaxing_hukou.catalogs import compile_catalogs
from tests.services.portal import ROOT

CATALOGS = sorted(path for path in ROOT.glob("**/LC_MESSAGES/*.po") if ".venv" not in path.parts)


@pytest.mark.parametrize("path", CATALOGS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_text_is_translated(path):
    catalog = polib.pofile(str(path))

    assert [entry.msgid for entry in catalog.untranslated_entries()] == []
    assert [entry.msgid for entry in catalog.fuzzy_entries()] == []


def test_only_what_is_stale_is_compiled(tmp_path):
    for folder in ("locale", "app/locale"):
        target = tmp_path / folder / "zh_Hans" / "LC_MESSAGES"
        target.mkdir(parents=True)
        shutil.copy(CATALOGS[0], target / "django.po")

    assert len(compile_catalogs(tmp_path)) == 2
    assert compile_catalogs(tmp_path) == []


def test_the_portal_speaks_chinese(client):
    response = client.get("/api/nowhere")

    assert response.json()["title"] == "这个网址没有内容"
