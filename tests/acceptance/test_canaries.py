"""What people type stands where it belongs, and nowhere else: not in logs, URLs, queues, caches."""

import io
import json
import os
from base64 import b64encode
from contextlib import suppress
from urllib.parse import quote

import pytest
import redis
from django.contrib.auth.models import Group
from django.contrib.sessions.backends.db import SessionStore
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.utils import timezone
from django_celery_results.models import TaskResult

from jiaxing_hukou.accounts.models import OutgoingMessage
from jiaxing_hukou.accounts.roles import Role
from jiaxing_hukou.audit.models import AuditEntry
from residence_permit.models import CaseEvent, Notice, ReportBatch
from tests.acceptance.journey import CANARIES, ID_NUMBERS, Journey
from tests.acceptance.leaks import Search, links
from tests.acceptance.visitor import CUT, Visitor
from tests.acceptance.website import Website
from tests.residence_permit.applicants import load_law
from tests.residence_permit.workbench import account
from tests.services.processes import wait_until

pytestmark = [
    pytest.mark.postgresql,
    pytest.mark.processes,
    pytest.mark.django_db(transaction=True),
]

ERRORS = (400, 403, 404, 413, 429, 500, 503)


@pytest.fixture
def website(transactional_db, tmp_path):
    call_command("load_divisions", stdout=Silent())
    load_law(timezone.now())
    website = Website(tmp_path)
    website.env |= {"JIAXING_LOG_LEVEL": "DEBUG", "JIAXING_RATE_STATUS": "3/m"}
    try:
        website.start()
        yield website
    finally:
        website.stop()


class Silent:
    def write(self, text):
        """Say nothing."""


def test_what_people_type_is_found_nowhere_else(website):
    """A whole life at the portal, then the places that must know nothing of it."""
    search, journey = Search(CANARIES), Journey(website.address)
    landlord = reporter(website)

    journey.sign_up()
    journey.tell_who()
    journey.tell_where()
    journey.apply()
    journey.correct()
    journey.refuse()
    journey.declare_relative()
    journey.ask_without_account()
    journey.report(landlord)
    journey.sign_in_again()
    provoke(journey.resident)
    queued = redis_contents()
    website.start_worker()
    wait_until(is_idle, website.worker_process, website.worker_log)
    with broken_table("residence_permit_residenceregistration"):
        assert journey.move_house().status == 500
        journey.report(landlord, "丙")
        wait_until(
            lambda: "report stopped" in website.worker_log.read_text(),
            website.worker_process,
            website.worker_log,
        )
    everybody = [*journey.visitors, landlord]
    pages = [answer for visitor in everybody for answer in visitor.answers]

    leaks = {
        **search.found_in_each({"web": website.log.read_bytes()}),
        **search.found_in_each({"worker": website.worker_log.read_bytes()}),
        **search.found_in_each(queued),
        **search.found_in_each(redis_contents()),
        **search.found_in_each(addresses_of(pages)),
        **search.found_in_each(error_pages(pages)),
        **search.found_in_each(rows_that_know_nothing()),
        **search.found_in_each(dump(), *ID_NUMBERS),
    }
    assert leaks == {}


def reporter(website):
    """Return a browser of somebody who reports tenants."""
    user = account()
    user.groups.add(Group.objects.get(name=Role.REPORTER.value))
    client = Client()
    client.force_login(user)
    return Visitor.signed_in(website.address, client)


def provoke(who):
    """Send what is refused in every way there is."""
    number, words = CANARIES["ID number"], CANARIES["words"]
    page = "/residence/profile/"
    form = who.form(page)
    everything = [(name, f"{CANARIES['name']}\0{number}") for name, _ in form.fields]
    who.post(page, everything)  # 422 or 400
    token = [("csrfmiddlewaretoken", dict(form.fields)["csrfmiddlewaretoken"])]
    who.post(page, [*token, *((f"{number}{n}", words) for n in range(2000))])  # 400
    with suppress(*CUT):  # 413, unless the line breaks before the answer is read
        who.post(page, [*token, ("name", words * 60_000)])
    who.post(page, [("name", words), ("csrfmiddlewaretoken", number)])  # sent again
    foreign = {"Origin": "https://elsewhere.example", "Sec-Fetch-Site": "cross-site"}
    form_type = {"Content-Type": "application/x-www-form-urlencoded"}
    who.ask("POST", page, f"name={quote(words)}".encode(), foreign | form_type)  # 403
    for path in (
        f"/{quote(words)}/{number}/",
        f"/permit/applications/{number}/",
        f"/verify/{number}/",
    ):
        who.get(path)  # 404
    who.get(f"/%ff%00{number}?{quote(words)}=%00")  # 400
    who.ask("GET", "/", headers={"Host": CANARIES["e-mail"].replace("@", ".")})  # 400
    form = who.form("/permit/status/")
    for _ in range(4):  # 429
        who.post("/permit/status/", form.filled(reference=number, proof=number[-4:]))
    for body in (f'{{"{number}": ', f'{{"facts": {{"{words}": 1}}}}'):
        kind = {"Content-Type": "application/json"}
        who.ask("POST", "/api/v1/eligibility/check", body.encode(), kind)  # 400


class broken_table:  # noqa: N801  reads as what it does
    """A table that takes no address any more, and one whose trigger quotes the row."""

    def __init__(self, table):
        self.table = table

    def __enter__(self):
        with connection.cursor() as cursor:
            cursor.execute(
                f"ALTER TABLE {self.table} ADD CONSTRAINT broken CHECK (address = '') NOT VALID"
            )

    def __exit__(self, *_):
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE {self.table} DROP CONSTRAINT broken")


def redis_contents():
    """Return everything that stands in Redis: what is queued, counted, kept."""
    found = {}
    with redis.Redis.from_url(os.environ["REDIS_URL"]) as client:
        for key in client.scan_iter():
            readers = {
                b"string": client.get,
                b"list": lambda key: b"\n".join(client.lrange(key, 0, -1)),
                b"set": lambda key: b"\n".join(client.smembers(key)),
                b"hash": lambda key: repr(client.hgetall(key)).encode(),
                b"zset": lambda key: b"\n".join(client.zrange(key, 0, -1)),
            }
            found[f"redis {key.decode()}"] = key + b"\n" + (readers[client.type(key)](key) or b"")
    return found


def is_idle():
    """Say whether the worker has done all that was handed over."""
    with redis.Redis.from_url(os.environ["REDIS_URL"]) as client:
        queued = [key for key in client.scan_iter() if key.endswith(b":jiaxing-hukou")]
        waits = any(client.type(key) == b"list" for key in queued)
    return not waits and not ReportBatch.objects.exclude(status__in=("done", "failed")).exists()


def addresses_of(pages):
    """Return every address that a page named, or that led somewhere."""
    return {
        f"links of {asked}": "\n".join([answer.where, *links(answer.text)])
        for asked, answer in pages
        if "text/html" in answer.headers.get("content-type", "text/html")
    }


def error_pages(pages):
    """Return the bodies of the error pages, apart from the form that carries on what was typed."""
    return {
        f"{answer.status} of {asked}": answer.body
        for asked, answer in pages
        if answer.status in ERRORS and b'name="csrfmiddlewaretoken" value' not in answer.body
    }


def rows_that_know_nothing():
    """Return the columns that carry codes and counts only."""
    sources = {
        "audit": AuditEntry.objects.values_list("act", "subject", "purpose", "details"),
        "event details": CaseEvent.objects.values_list("details"),
        "notices": Notice.objects.values_list("cause", "params", "failure"),
        "subjects": OutgoingMessage.objects.values_list("subject"),
        "task results": TaskResult.objects.values_list(
            "task_args", "task_kwargs", "result", "traceback", "meta"
        ),
    }
    return {place: "\n".join(map(str, rows)) for place, rows in sources.items()}


def dump():
    """Return each table of the database, as a dump has it."""
    found = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            content = io.BytesIO()
            cursor.copy_expert(f'COPY "{table}" TO STDOUT', content)
            found[f"table {table}"] = content.getvalue()
    return found


@pytest.mark.parametrize("deed", ["a log line", "a session", "a queued task", "a cache key"])
def test_the_search_finds_what_was_planted(deed, db):
    search = Search(CANARIES)
    number, name = CANARIES["ID number"], CANARIES["name"]
    session = SessionStore()
    session["typed"] = {"number": number, "filler": "x" * 500}
    message = {"body": b64encode(json.dumps([[name], {}]).encode()).decode()}
    planted = {
        "a log line": json.dumps({"event": f"refused: {name}"}),
        "a session": session.encode(session._session),
        "a queued task": json.dumps(message),
        "a cache key": f"rl:{quote(name)}",
    }

    found = search.found_in(planted[deed])

    assert found == [{"a session": "ID number"}.get(deed, "name")]
