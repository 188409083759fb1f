from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.management import call_command

NEEDED = [
    "bootstrap/css/bootstrap.min.css",
    "bootstrap/js/bootstrap.bundle.min.js",
    "bootstrap-icons/bootstrap-icons.min.css",
    "bootstrap-icons/fonts/bootstrap-icons.woff2",
    "django_htmx/htmx-2.min.js",
]


@pytest.mark.parametrize("name", NEEDED)
def test_what_pages_use_comes_from_installed_packages(name):
    assert ".venv" in finders.find(name) or "site-packages" in finders.find(name)


def test_all_references_between_static_files_lead_somewhere(settings, tmp_path):
    """Collecting fails where a stylesheet names a file that is not there."""
    settings.STATIC_ROOT = str(tmp_path)
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"}
    }

    call_command("collectstatic", interactive=False, verbosity=0)

    for name in NEEDED:
        hashed = staticfiles_storage.url(name).removeprefix(settings.STATIC_URL)
        assert hashed != name
        assert (Path(tmp_path) / hashed).is_file()
