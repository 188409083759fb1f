"""The first tree of offices: one for the city, each county and each township.

Which stations there really are the sources of the portal do not say. One a township is enough to
work with, and each is named so that nobody takes it for the real one; staff put in the real names,
addresses and phones, which are not overwritten.
"""

import csv
from pathlib import Path

from django.db import transaction

from .models import Station, StationTownship

CITY_CODE = "3304"
# The counties as English pages name them; the sound of a township's name is not known here.
COUNTIES = {
    "330402": "Nanhu District",
    "330411": "Xiuzhou District",
    "330421": "Jiashan County",
    "330424": "Haiyan County",
    "330481": "Haining City",
    "330482": "Pinghu City",
    "330483": "Tongxiang City",
}
MARK_ZH, MARK_EN = "（演示名称）", " (demonstration name)"


@transaction.atomic
def keep_stations(divisions: Path) -> int:
    """Add the offices that are missing, from a file of townships; return how many there are."""
    with divisions.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    counties = {row["county_code"]: row["county"] for row in rows}
    city = _keep([_office(Station.Kind.CITY, CITY_CODE, "嘉兴市公安机关", "Jiaxing police")])
    above = _keep(
        _office(
            Station.Kind.COUNTY,
            code,
            f"{name}公安机关",
            f"{COUNTIES.get(code, name)} police",
            city[CITY_CODE],
        )
        for code, name in counties.items()
    )
    stations = _keep(
        _office(
            Station.Kind.STATION,
            row["township_code"],
            f"{row['township']}派出所",
            f"Police station of {row['township']}",
            above[row["county_code"]],
        )
        for row in rows
    )
    StationTownship.objects.bulk_create(
        (
            StationTownship(station_id=stations[row["township_code"]], township_code=code)
            for row in rows
            if (code := row["township_code"])
        ),
        ignore_conflicts=True,
    )
    return Station.objects.count()


def _office(kind: str, code: str, name_zh: str, name_en: str, parent_id=None) -> Station:
    return Station(
        kind=kind,
        code=code,
        name_zh=name_zh + MARK_ZH,
        name_en=name_en + MARK_EN,
        parent_id=parent_id,
    )


def _keep(offices) -> dict[str, int]:
    """Add what is missing and return the ids by code."""
    offices = list(offices)
    Station.objects.bulk_create(offices, ignore_conflicts=True)
    kept = Station.objects.filter(code__in=[office.code for office in offices])
    return dict(kept.values_list("code", "pk"))
