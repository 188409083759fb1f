"""Every address, every method, every role: the answer is the one of access.yaml.

A new address without an entry fails; so does an entry whose address is gone.
"""

import re
from collections import Counter, defaultdict
from http.cookies import SimpleCookie
from urllib.parse import quote

import pytest
from django.db import transaction

from tests.acceptance.access_table import METHODS, answer_of, read_table
from tests.acceptance.addresses import every_address
from tests.acceptance.world import ROLES, World

SECRETS = re.compile(r"""csrfmiddlewaretoken" value="[^"]+|"csrfmiddlewaretoken": "[^"]+""")


@pytest.fixture
def world(db, settings, tmp_path):
    settings.EVIDENCE_DIR = tmp_path
    return World()


def test_every_address_has_an_entry_and_every_entry_an_address():
    addresses = {address.name for address in every_address()}
    entries = set(read_table())

    assert addresses - entries == set(), "say in access.yaml who may have it"
    assert entries - addresses == set(), "these addresses are gone"


def test_every_role_gets_the_answer_of_the_table(world, counts):
    table, asked, wrong = read_table(), Counter(), defaultdict(list)
    visits = {role: Visits(world.client(role)) for role in ROLES}
    for address in every_address():
        entry = table[address.name]
        given = {name: world.value(entry.given[name]) for name in address.parameters}
        for method in METHODS:
            for role in roles_to_ask(entry, method, counts):
                answer, status = visits[role].ask(method, address.path(**given))
                asked[method] += 1
                if not entry.fits(role, method, answer, status):
                    wrong[f"{address.name} {method}: {answer} {status}"].append(role)

    assert not wrong, "\n".join(f"{what} for {roles}" for what, roles in wrong.items())
    assert asked["GET"] >= len(every_address())


def test_what_is_somebody_elses_looks_as_if_it_did_not_exist(world, counts):
    table, wrong = read_table(), []
    for address in every_address():
        entry = table[address.name]
        if not entry.foreign:
            continue
        for role in sorted(entry.open):
            visits = Visits(world.client(role))
            if knows(role, entry.foreign.values()):
                continue
            asked = [
                {name: world.value({**entry.given, **what}[name]) for name in address.parameters}
                for what in (entry.foreign, entry.missing)
            ]
            for method in counts({"GET", "POST"} & {*entry.methods}, entry.methods):
                foreign, missing = (visits.send(method, address.path(**given)) for given in asked)
                told = answer_of(foreign), answer_of(missing)
                if told not in (("absent", "absent"), ("refused", "refused")):
                    wrong.append(f"{address.name} {method} {role}: {told}")
                if plain(foreign) != plain(missing):
                    wrong.append(f"{address.name} {method} {role}: not the same page")

    assert not wrong, "\n".join(wrong)


def knows(role, names):
    """Say whether somebody else's is nothing foreign to somebody of this role."""
    return role == "administrator" or (role == "operator" and "foreign_setting" in names)


def plain(response):
    """Return what an answer says, without what was asked for and what is new in every answer."""
    asked = response.wsgi_request.path
    said = SECRETS.sub("", response.content.decode()).replace(asked, "").replace(quote(asked), "")
    return said, response.headers.get("Location")


def roles_to_ask(entry, method, counts):
    """Return whom to send: everybody, or a few that differ from address to address."""
    turn = sum(map(ord, entry.name))
    among = [ROLES[(turn + step * 5) % len(ROLES)] for step in range(2)]
    if method == "GET":
        among += ["anonymous", *sorted(entry.open)[:1]]
    elif method != METHODS[1:][turn % 4]:
        among = []
    return counts(sorted({*among}), ROLES)


class Visits:
    """What somebody asks for, each time as if it were the first."""

    def __init__(self, client):
        self.client, self.cookies = client, client.cookies.output(header="", sep=";")

    def ask(self, method, path):
        with transaction.atomic():
            response = self.send(method, path)
            transaction.set_rollback(True)
        return answer_of(response), response.status_code

    def send(self, method, path):
        self.client.cookies = SimpleCookie(self.cookies)
        return self.client.generic(method, path)
