"""Area classes in words."""

from collections.abc import Iterable

from django.utils.translation import gettext as _

from eligibility import wording
from eligibility.core.places import AREA_CLASSES


def areas_text(areas: Iterable[str]) -> str:
    """Return area classes in words; all of them are simply all of Jiaxing."""
    found = [area for area in AREA_CLASSES if area in areas]
    if len(found) == len(AREA_CLASSES):
        return _("all of Jiaxing")
    *first, last = (str(wording.AREAS[area]) for area in found)
    if not first:
        return last
    return _("%(first)s and %(second)s") % {"first": first[0], "second": last}
