"""What is wrong with a name, a number, an address or a day, and what to do: in forms and tables."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from eligibility.wording import full_date

TEXTS: Mapping[tuple[str, str], Any] = {
    ("name", "empty"): _l("Write the name as it stands on the ID card."),
    ("name", "too_long"): _l("The name is longer than 50 characters. Write the name alone."),
    ("name", "signs"): _l(
        "The name has a sign that stands in no name. Use letters, blanks and the dot (·) only."
    ),
    ("id_number", "empty"): _l("Write the ID number as it stands on the card."),
    ("id_number", "old_number"): _l(
        "This is an old number of 15 digits. Write the one of 18 that stands on the card now."
    ),
    ("id_number", "length"): _l("An ID number has 18 characters. Compare it with the card."),
    ("id_number", "characters"): _l(
        "An ID number is 17 digits, then a digit or X. Compare it with the card."
    ),
    ("id_number", "date"): _l(
        "Characters 7 to 14 of the ID number are no date. Compare them with the card."
    ),
    ("id_number", "check_digit"): _l(
        "The 18th character of the ID number does not fit the others. Compare it with the card."
    ),
    ("id_number", "future"): _l(
        "The date of birth in the ID number is after today. Compare it with the card."
    ),
    ("id_number", "too_old"): _l(
        "The date of birth in the ID number is more than 130 years ago. Compare it with the card."
    ),
    ("id_number", "rounded"): _l(
        "The spreadsheet has rounded the number. Format the column as text, then type it again."
    ),
    ("township", "empty"): _l("Name the subdistrict or town."),
    ("township", "not_a_place"): _l(
        "Jiaxing has no such subdistrict or town. Write its name in full, such as 南湖区建设街道."
    ),
    ("township", "ambiguous"): _l(
        "There are several of this name. Write the county before it, such as 南湖区建设街道."
    ),
    ("address", "empty"): _l("Write the address: road and number, building and room."),
    ("address", "too_short"): _l(
        "The address is too short to be found. Write road and number, building and room."
    ),
    ("address", "too_long"): _l("The address is longer than 200 characters. Write it shorter."),
    ("address", "signs"): _l("The address has hidden signs. Type it anew instead of pasting it."),
    ("address", "denied"): _l(
        "This person has answered that he does not live there. Check the address with him. If he "
        "has moved in since, report that day."
    ),
    ("employer", "too_long"): _l("The name is longer than 100 characters. Write it shorter."),
    ("employer", "signs"): _l("The name has hidden signs. Type it anew instead of pasting it."),
    ("housing", "not_a_choice"): _l(
        "Write one of: 自有, 租赁, 公租房, 宿舍, 亲友家, 无; or leave it empty."
    ),
    ("started_on", "empty"): _l("Write the day on which it began."),
    ("started_on", "before_birth"): _l(
        "This day is before the date of birth. Look at day and ID number again."
    ),
    ("started_on", "no_start"): _l(
        "Nothing was reported of this person at this address. Write the first day as well."
    ),
    ("ended_on", "before_start"): _l("The last day is before the first one, %(day)s."),
    ("day", "not_a_day"): _l("Write the day like 2026-11-20."),
    ("day", "no_such_day"): _l("The calendar has no such day. Look at month and day again."),
    ("day", "future"): _l(
        "This day is still to come. Report it on the day itself or in the three working days after."
    ),
    ("day", "too_long_ago"): _l("This day is too long ago. Look at the year again."),
    # Notes on what was taken or known.
    ("row", "same_as_row"): _l("The same as row %(row)s of this file."),
    ("row", "reported_before"): _l("You reported this before; nothing more is to be done."),
    ("row", "reported_by_others"): _l(
        "Somebody else has reported this already; the person has been asked."
    ),
    ("row", "registered"): _l("The person is registered at this address already."),
    ("row", "ended_before"): _l("The end of this stay stands there already."),
    ("day", "in_time"): _l("In time. The three working days end on %(due_on)s."),
    ("day", "late"): _l("Late: the three working days ended on %(due_on)s. It was taken anyway."),
}


def text(field: str, code: str, params: Mapping[str, Any] | None = None) -> str:
    """Return a sentence; days among the parameters are ISO 8601, as rows keep them."""
    said = TEXTS.get((field, code)) or TEXTS.get(("day", code))
    if said is None:
        return _("This is not right. Look at it again.")
    return str(said) % {name: _value(value) for name, value in (params or {}).items()}


def _value(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return full_date(date.fromisoformat(value))
    except ValueError:
        return value
