"""The demonstration cases: told once, by the services that real people use."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from jiaxing_hukou.audit.chain import first_broken
from jiaxing_hukou.audit.selectors import chain_entries, chain_seals
from residence_permit import selectors
from residence_permit.choices import CaseStatus
from residence_permit.core.permit_ledger import PermitStatus, timeline
from residence_permit.models import Permit, PermitApplication

pytestmark = pytest.mark.django_db


def test_the_stories_are_told_once(settings, tmp_path):
    settings.EVIDENCE_DIR = tmp_path
    for command in ("load_divisions", "load_stations", "load_demo_accounts", "load_provisions"):
        call_command(command, stdout=StringIO())

    call_command("load_demo_cases")
    cases = list(PermitApplication.objects.order_by("pk").values())
    call_command("load_demo_cases")

    # What is approved is carried out at once, so every state but that one is there.
    assert {case["status"] for case in cases} == set(CaseStatus) - {CaseStatus.APPROVED}
    today = timezone.localdate()
    found = {timeline(selectors.ledger_of(permit), today).status for permit in Permit.objects.all()}
    assert found == {PermitStatus.VALID, PermitStatus.DUE, PermitStatus.SUSPENDED}
    assert list(PermitApplication.objects.order_by("pk").values()) == cases
    assert first_broken(chain_entries(), chain_seals()) is None


def test_production_has_no_demonstration_cases(settings):
    settings.DEMO_ALLOWED = False

    with pytest.raises(CommandError):
        call_command("load_demo_cases")
