"""The golden cases under fixtures/examples_permit/, as policy people write them."""

from datetime import date
from functools import cache
from pathlib import Path

from eligibility.legal_files import parse_bytes
from residence_permit.legal_files import read_provisions

ROOT = Path(__file__).resolve().parents[3]
FOLDER = ROOT / "fixtures" / "examples_permit"


def cases(name):
    """Return the cases of one file."""
    path = FOLDER / f"{name}.yaml"
    return parse_bytes(path, path.read_bytes()).data


def day(text):
    """Return a day, where there is one."""
    return None if text is None else date.fromisoformat(text)


@cache
def shipped():
    """Return every provision of the repository."""
    return tuple(held.provision for held in read_provisions(ROOT / "fixtures"))
