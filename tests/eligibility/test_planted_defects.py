"""Every planted defect is stopped by the check that the table names."""

from types import SimpleNamespace

import pytest
from django.db import IntegrityError, transaction

from eligibility.core.errors import RuleMalformed
from eligibility.legal_files import LegalFileError
from eligibility.models import PeriodInForce, RuleVersion
from eligibility.services import desk, examples, packages, rules
from tests.eligibility import workbench
from tests.eligibility.planted_defects import (
    DEFECTS,
    FILE,
    GATE,
    PACKAGE,
    ROWS,
    TABLE,
    table,
)

STOPPED = (
    LegalFileError,
    RuleMalformed,
    rules.RuleError,
    examples.ExampleRefused,
    IntegrityError,
)


@pytest.fixture
def bench(db, tmp_path):
    """Return what the defects are planted with."""

    def save(row, revision=1, author="author", **changes):
        return desk.save_draft(
            rule_version_id=row.pk,
            revision=revision,
            changes=changes,
            author=workbench.person(author),
            now=workbench.NOW,
        )

    def approve_bare(row):
        return rules.publish_rule(
            rule_version_id=row.pk, approver=workbench.person("approver"), now=workbench.NOW
        )

    def edited(record):
        """Return a version in review whose first words are somebody else's."""
        row = save(workbench.drafted(record, "editor"), registers="self")
        return rules.submit_rule(rule_version_id=row.pk, author=row.author, now=workbench.NOW)

    return SimpleNamespace(
        **vars(workbench)
        | {
            "edited": edited,
            "tmp_path": tmp_path,
            "save": save,
            "approve_bare": approve_bare,
            "desk": desk,
            "rules": rules,
            "examples": examples,
            "packages": packages,
        }
    )


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: f"{defect.where}: {defect.what}")
def test_a_planted_defect_is_stopped(request, bench, defect):
    if defect.where == PACKAGE:
        request.getfixturevalue("published_rules")
    before = set(PeriodInForce.objects.values_list("pk", flat=True))

    with pytest.raises(STOPPED, match=defect.says) as caught, transaction.atomic():
        defect.plant(bench)

    if defect.where in (FILE, PACKAGE):
        assert isinstance(caught.value, LegalFileError)
        assert caught.value.line >= 1
    if defect.where == GATE and isinstance(caught.value, rules.RuleBreaches):
        assert defect.says in {breach.code for breach in caught.value.breaches}
        assert all(all(breach.article) for breach in caught.value.breaches)
    if defect.where == ROWS and "eligibility." not in defect.check:
        assert isinstance(caught.value, IntegrityError)
    if defect.where == PACKAGE:
        assert set(PeriodInForce.objects.values_list("pk", flat=True)) == before
        assert not RuleVersion.objects.exclude(status="published").exists()


def test_the_table_lists_every_defect():
    assert TABLE.read_text(encoding="utf-8") == table(), (
        "run: python -m tests.eligibility.planted_defects"
    )
    assert len(DEFECTS) >= 30
    assert len({(defect.where, defect.what) for defect in DEFECTS}) == len(DEFECTS)
