"""What all tests may ask for."""

import os
import shutil

import pytest
from django.core.cache import cache
from django.db import connection

from jiaxing_hukou.catalogs import compile_catalogs
from tests.services.plugin import missing

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
BROWSER_FLAGS = [
    "--no-sandbox",  # its sandbox refuses root, and CI is root
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pytest_configure(config):
    """Compile the translations once, before the workers start."""
    if not hasattr(config, "workerinput"):
        compile_catalogs()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """Let tests that commit empty every table after them; the portal lets nobody."""
    with django_db_blocker.unblock():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT tgrelid::regclass FROM pg_trigger WHERE tgname = 'table_is_kept'"
                )
                for (table,) in cursor.fetchall():
                    cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER table_is_kept")
    yield
    # A process that a test killed may have left its session behind, waiting for a lock; the
    # database could not be dropped. Our own connection may have been idle for long, or cut.
    with django_db_blocker.unblock():
        if connection.vendor == "postgresql":
            connection.close()
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )


@pytest.fixture(autouse=True)
def _empty_cache():
    """Let no test see what another one counted or kept."""
    cache.clear()


@pytest.fixture(scope="session")
def counts(pytestconfig):
    """Return ``counts(reduced, full)``: the second under --full, else the first."""
    full = pytestconfig.getoption("full")
    return lambda reduced, complete: complete if full else reduced


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    """Use the Chromium that is installed; playwright's own cannot be downloaded."""
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    if program is None:
        missing("Chromium")
    # The browser's driver runs an event loop in the thread of the tests, where Django
    # would refuse to use the database.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    return browser_type_launch_args | {
        "executable_path": program,
        "args": BROWSER_FLAGS,
    }
