"""Gives the test run its own servers, before Django's settings are read.

It is named in pyproject.toml and not a conftest.py, because pytest-django reads the
settings earlier than any conftest.py is loaded.
"""

import os
import shutil
import signal
import tempfile
from pathlib import Path

import pytest

from tests.services.postgresql import PostgreSQL
from tests.services.redis import Redis

USES_DATABASE = {"db", "transactional_db", "django_db_reset_sequences", "live_server"}
RUN_KEY = pytest.StashKey["Run"]()


class Run:
    """The folder and the servers of one test run; xdist's workers share them."""

    def __init__(self):
        """Make the folder; the servers' own user has to pass through it."""
        self.folder = Path(tempfile.mkdtemp(prefix="jiaxing-tests-"))
        self.folder.chmod(0o711)
        self.servers = []

    def start(self, server) -> str:
        """Start a server and return its address."""
        self.servers.append(server)
        server.start()
        return server.url

    def stop(self) -> None:
        """Stop the servers and remove the folder."""
        for server in reversed(self.servers):
            server.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


def pytest_addoption(parser):
    """Say which database, and how much."""
    group = parser.getgroup("portal")
    group.addoption(
        "--database",
        choices=("postgresql", "sqlite", "none"),
        default="postgresql",
        help="postgresql: all tests, with Redis. sqlite: those that use the database, "
        "without Redis. none: those that use neither.",
    )
    group.addoption(
        "--full",
        action="store_true",
        default=bool(os.environ.get("JIAXING_FULL")),
        help="Full counts where a test is shorter by default (see the fixture counts).",
    )


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config, parser, args):
    """Start the servers and tell the settings where they are."""
    database = early_config.known_args_namespace.database
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker:
        # One server for all; a Redis database and a folder for each.
        number = int(worker.removeprefix("gw")) + 1
        if os.environ["REDIS_URL"]:
            os.environ["REDIS_URL"] = f"{os.environ['REDIS_URL'][:-1]}{number}"
        os.environ["JIAXING_DATA_DIR"] += f"/{worker}"
        return (yield)

    run = early_config.stash[RUN_KEY] = Run()
    # Termination ends like Ctrl-C does, so that no server outlives the run.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with_servers = database == "postgresql"
        os.environ |= {
            "DATABASE_URL": run.start(PostgreSQL(run.folder)) if with_servers else "",
            "REDIS_URL": run.start(Redis(run.folder)) if with_servers else "",
            "JIAXING_DATA_DIR": str(run.folder / "data"),
        }
        return (yield)
    except BaseException:
        run.stop()
        raise


def pytest_unconfigure(config):
    """Stop the servers; also after Ctrl-C."""
    run = config.stash.get(RUN_KEY, None)
    if run:
        run.stop()


def pytest_collection_modifyitems(config, items):
    """Leave out what does not belong into a run with the chosen database."""
    database = config.getoption("database")
    if database == "postgresql":
        return
    wanted = _needs_sqlite if database == "sqlite" else _needs_nothing
    chosen = [item for item in items if wanted(item)]
    config.hook.pytest_deselected(items=[i for i in items if i not in set(chosen)])
    items[:] = chosen


def _uses_database(item) -> bool:
    names = set(getattr(item, "fixturenames", ()))
    return bool(item.get_closest_marker("django_db") or names & USES_DATABASE)


def _needs_sqlite(item) -> bool:
    # What a browser shows does not depend on the database. A test that commits leaves rows that
    # the guards let nobody delete; on PostgreSQL they go by TRUNCATE, on SQLite not at all.
    marker = item.get_closest_marker("django_db")
    return (
        _uses_database(item)
        and not item.get_closest_marker("postgresql")
        and not (marker and marker.kwargs.get("transaction"))
        and not {"page", "browser", "live_server", "transactional_db"} & set(item.fixturenames)
    )


def _needs_nothing(item) -> bool:
    return not (
        _uses_database(item)
        or item.get_closest_marker("postgresql")
        or item.get_closest_marker("processes")
    )


def missing(what: str) -> None:
    """Skip the test by name; where everything is required, fail instead."""
    if os.environ.get("JIAXING_REQUIRE_ALL"):
        pytest.fail(f"{what} is missing, and JIAXING_REQUIRE_ALL is set", pytrace=False)
    pytest.skip(f"{what} is not installed")
