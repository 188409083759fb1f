"""Where somebody lives, as it is stated, stored and compared; below every service."""

import unicodedata
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from eligibility.core.places import CITY_DISTRICTS
from jiaxing_hukou.accounts import jurisdiction
from jiaxing_hukou.encryption import keyed_hash
from residence_permit.models import ResidenceRegistration


@dataclass(frozen=True, kw_only=True)
class Stay:
    """Where somebody lives and works, as stated."""

    township_code: str
    address: str
    lives_there_since: date
    housing: str = ""
    employer: str = ""

    def plain(self) -> dict[str, Any]:
        """Return it as an event keeps it."""
        return asdict(self) | {"lives_there_since": self.lives_there_since.isoformat()}


def id_hash(number: str) -> str:
    """Return the hash by which a person is found; the number as ``read_id_number`` gives it."""
    return keyed_hash(number, "id_number")


def unit_of(place: str) -> str:
    """Return the county, or the 市区 as one: moving inside it is no move (ZJ 2).

    >>> unit_of("330402010") == unit_of("330411003")
    True
    >>> unit_of("330481001")
    '330481'
    """
    county = place[:6]
    return "urban" if county in CITY_DISTRICTS else county


def letters_of(text: str) -> str:
    """Return what is read aloud of a text: width, case, spaces and punctuation are left out."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return "".join(c for c in plain if unicodedata.category(c)[0] not in "PSZC")


def address_key(township_code: str, address: str) -> str:
    """Return the hash by which people of one address find each other.

    Width, case, spaces and punctuation do not make another address. A sign between two figures
    is kept as a gap: 1-12 and 11-2 are two rooms.
    """
    plain = unicodedata.normalize("NFKC", address).casefold()
    words = "".join(c if unicodedata.category(c)[0] in "LMN" else " " for c in plain).split()
    parts: list[str] = []
    for word in words:
        gap = parts and parts[-1][-1].isdigit() and word[0].isdigit()
        parts.append(f"-{word}" if gap else word)
    return keyed_hash(f"{township_code}|{''.join(parts)}", "address")


def name_hash(name: str) -> str:
    """Return the hash by which a reported name is compared with the profile's."""
    return keyed_hash(letters_of(name), "reported_name")


def stay_of(row: ResidenceRegistration) -> Stay:
    """Return what a registration says."""
    return Stay(
        township_code=row.township_code,
        address=row.address,
        lives_there_since=row.lives_there_since,
        housing=row.housing,
        employer=row.employer,
    )


def write_stay(row: ResidenceRegistration, stay: Stay) -> None:
    """Put what is stated into a registration, and find the station that is responsible."""
    row.township_code = stay.township_code
    row.station = jurisdiction.station_for(stay.township_code)
    row.address = stay.address.strip()
    row.address_key = address_key(stay.township_code, stay.address)
    row.lives_there_since = stay.lives_there_since
    row.housing = stay.housing
    row.employer = stay.employer.strip()
