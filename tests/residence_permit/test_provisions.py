"""The permit's conditions as rows: loaded once, never changed, read once."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command

from jiaxing_hukou.audit.models import AuditEntry
from residence_permit import selectors_provisions
from residence_permit.core.judging import PERMIT_CODE
from residence_permit.legal_files import read_provisions
from residence_permit.models import Provision
from residence_permit.services.provisions import ProvisionChanged, load
from tests.residence_permit.applicants import load_law
from tests.residence_permit.workbench import NOW, TODAY

pytestmark = pytest.mark.django_db

FIXTURES = Path(settings.BASE_DIR) / "fixtures"


def test_everything_is_loaded_once():
    first, second = load_law(), load_law()

    assert first == {"loaded": Provision.objects.count()}
    assert second == {"unchanged": Provision.objects.count()}
    [entry] = AuditEntry.objects.filter(act="load_provisions")
    assert entry.details == {"loaded": Provision.objects.count()}


def test_a_version_that_is_in_use_is_never_changed():
    load_law()
    held = read_provisions(FIXTURES)[0]
    edited = replace(held, provision=replace(held.provision, content_hash="sha256:other"))

    with pytest.raises(ProvisionChanged, match="write a new version"):
        load(held=[edited], now=NOW)

    assert not Provision.objects.filter(content_hash="sha256:other").exists()


def test_the_command_says_what_it_did(capsys):
    call_command("load_provisions")
    call_command("load_provisions")

    lines = capsys.readouterr().out.splitlines()
    assert lines == [
        f"Provisions: {Provision.objects.count()} loaded",
        f"Provisions: {Provision.objects.count()} unchanged",
    ]


def test_the_permits_conditions_are_read_with_one_query(django_assert_num_queries):
    load_law()
    selectors_provisions.permit_provisions(TODAY)

    with django_assert_num_queries(1):
        [found] = selectors_provisions.permit_provisions(TODAY)

    assert found.code == PERMIT_CODE
    assert selectors_provisions.permit_provisions(date(2016, 6, 30)) == ()
