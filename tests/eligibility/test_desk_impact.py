"""The impact page: pictures beside the tables, household members, and what stays hidden."""

import re
from datetime import date

import pytest
from django.utils import timezone, translation

from eligibility.admin.desk_plot import Bars, ems, plot, shortened
from eligibility.measuring import measure
from eligibility.models import ImpactRun, RuleVersion
from eligibility.services import impact
from tests.eligibility.desk_bench import at, body

TENANT, FAMILY = ("urban-tenant", "2022"), ("accompanying-family", "2022")


def measured(client, name, people=20_000):
    """Measure a shipped version, as of its first day."""
    row = RuleVersion.objects.get(rule__code=name[0], version=name[1])
    run = impact.request_run(
        version=row,
        population=ImpactRun.Population.SYNTHETIC,
        as_of=date(2022, 2, 1),
        user=client.user,
        now=timezone.now(),
        people=people,
    )
    measure(run.pk)
    return run


def pictures(page):
    return re.findall(r'<img class="plot"[^>]* src="([^"]+)"', page)


@pytest.mark.django_db
@pytest.mark.usefixtures("published_rules")
@pytest.mark.parametrize("name", [TENANT, FAMILY])
def test_a_table_of_groups_has_its_picture_beside_it(author, name):
    run = measured(author, name)

    page = body(author.get(at("impact", run.version_id)))
    found = pictures(page)
    drawn = [author.get(address) for address in found]

    assert len(found) >= 6
    for response in drawn:
        assert response.status_code == 200
        assert response["Content-Type"].startswith("image/svg+xml")
        assert b"<script" not in response.content
    assert ("名家庭成员" in page) == (name is FAMILY)


@pytest.mark.django_db
@pytest.mark.usefixtures("published_rules")
def test_what_a_table_hides_is_not_in_its_picture(author):
    run = measured(author, TENANT, people=10_000)
    found = impact.impact(ImpactRun.objects.select_related("version", "ruleset").get(pk=run.pk))
    table = found.result.table("route", "age")
    assert any(None in line.counts.values() for line in table.lines)

    drawn = body(author.get(at("plot", run.version_id, run.pk, "route", "age")))

    shown = sum(1 for line in table.lines for count in line.counts.values() if count is not None)
    assert drawn.count('class="bar"') == shown


@pytest.mark.django_db
@pytest.mark.usefixtures("published_rules")
def test_there_is_no_picture_of_what_there_is_not(author):
    run = measured(author, TENANT)
    other = RuleVersion.objects.get(rule__code="urban-talent", version="2020")

    for version, level, by in (
        (run.version_id, "route", "move"),
        (run.version_id, "route", "luck"),
        (run.version_id, "luck", "age"),
        (other.pk, "route", "age"),
    ):
        assert author.get(at("plot", version, run.pk, level, by)).status_code == 404
    ImpactRun.objects.filter(pk=run.pk).update(state=ImpactRun.State.CANCELLED)
    assert author.get(at("plot", run.version_id, run.pk, "route", "age")).status_code == 404


def test_bars_begin_at_zero_and_axes_are_named():
    with translation.override("en"):
        groups = [
            Bars(name="18 to 25", counts=(120, None, 80)),
            Bars(name="26 to 34", counts=(0, 0, 12)),
        ]
        drawn = plot("By age", "Number of people", groups)

    text = drawn.decode()
    assert "18 to 25 (–)" in text  # one of its bars is hidden
    words = set(re.findall(r"<text[^>]*>([^<]+)</text>", text))
    assert {"Gained", "Lost", "Otherwise", "Number of people", "Groups"} <= words
    assert ">0</text>" in text


def test_long_labels_are_cut_and_short_ones_stay():
    long = "租房合同已办理租赁登记备案，且居住登记累计满12个月"

    assert shortened("五个县（市）") == "五个县（市）"
    assert shortened(long).endswith("…")
    assert ems(shortened(long)) <= 15
