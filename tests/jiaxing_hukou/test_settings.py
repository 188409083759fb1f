import re

import pytest

from tests.services.portal import PRODUCTION, ROOT, environment, run


def check(tmp_path, *arguments, **settings):
    env = environment(tmp_path, **settings)
    return run("manage.py", "check", *arguments, env=env)


def test_production_passes_djangos_own_check(tmp_path):
    result = check(tmp_path, "--deploy", "--fail-level", "WARNING", **PRODUCTION)

    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize(
    "name",
    [
        "JIAXING_SECRET_KEY",
        "JIAXING_FIELD_KEYS",
        "JIAXING_HASH_KEY",
        "JIAXING_ALLOWED_HOSTS",
        "DATABASE_URL",
        "REDIS_URL",
    ],
)
def test_a_missing_setting_stops_the_start_and_is_named(tmp_path, name):
    result = check(tmp_path, **PRODUCTION | {name: ""})

    assert result.returncode != 0
    assert f"Not set: {name}." in result.stderr


def test_all_missing_settings_are_named_at_once(tmp_path):
    settings = {"DJANGO_SETTINGS_MODULE": PRODUCTION["DJANGO_SETTINGS_MODULE"]}

    result = check(tmp_path, **settings)

    assert (
        "Not set: JIAXING_SECRET_KEY, JIAXING_FIELD_KEYS, JIAXING_HASH_KEY, JIAXING_ALLOWED_HOSTS, "
        "DATABASE_URL, REDIS_URL." in result.stderr
    )


@pytest.mark.parametrize("rate", ["often", "0/m", "10", "10/w", "10/m "])
def test_a_rate_that_says_nothing_stops_the_start(tmp_path, rate):
    settings = {
        "DJANGO_SETTINGS_MODULE": "jiaxing_hukou.settings.dev",
        "JIAXING_RATE_API": rate,
    }

    result = check(tmp_path, **settings)

    assert result.returncode != 0
    assert "JIAXING_RATE_API is" in result.stderr


def test_every_name_is_explained_and_no_other_module_reads_the_environment():
    package = ROOT / "jiaxing_hukou"
    source = (package / "settings" / "env.py").read_text()
    explained = (ROOT / ".env.example").read_text()

    names = set(re.findall(r'"(JIAXING_\w+|DATABASE_URL|REDIS_URL)"', source))

    assert len(names) > 8
    assert [name for name in sorted(names) if f"#{name}=" not in explained] == []
    for folder in ("jiaxing_hukou", "eligibility", "residence_permit"):
        for file in (ROOT / folder).rglob("*.py"):
            if file.name not in ("env.py", "serve.py"):
                assert not re.search(r"os\.environ(?!\.setdefault)|getenv", file.read_text()), file
