"""Phone numbers: read as people type them, kept in one form."""

import unicodedata

import phonenumbers

# Codes go where residents of Jiaxing have their phones. A stranger who has codes sent to dear
# foreign numbers would otherwise spend the portal's money.
REGIONS = frozenset({"CN", "HK", "MO", "TW"})
MOBILE = frozenset(
    {phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE}
)
LONGEST = 40


class NotAPhone(ValueError):
    """The text is no number that a code can be sent to."""


def to_e164(text: str) -> str:
    """Return a mobile number as +8613800000000.

    >>> to_e164("138 0573 0001")
    '+8613805730001'
    >>> to_e164("＋８６１３８０５７３０００１")
    '+8613805730001'
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    if len(plain) > LONGEST:
        raise NotAPhone
    try:
        number = phonenumbers.parse(plain, "CN")
    except phonenumbers.NumberParseException:
        raise NotAPhone from None
    if (
        not phonenumbers.is_valid_number(number)
        or phonenumbers.region_code_for_number(number) not in REGIONS
        or phonenumbers.number_type(number) not in MOBILE
        or number.extension
    ):
        raise NotAPhone
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def masked(phone: str) -> str:
    """Return a number of which only the ends can be read.

    >>> masked("+8613805730001")
    '138****0001'
    >>> masked("+85251234567")
    '+852****4567'
    """
    start = phone.removeprefix("+86")[:3] if phone.startswith("+86") else phone[:4]
    return f"{start}****{phone[-4:]}"
