"""JSON read strictly: what one reader takes one way and another reader another way is refused."""

import json
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _


class BrokenJson(ValueError):
    """The text is not the JSON that it claims to be; the message says why."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        twice = next(name for name, _value in pairs if name in seen or seen.add(name))
        raise BrokenJson(
            _("The name “%(name)s” is given twice; keep one.") % {"name": printable(twice)}
        )
    return found


def _constant(name: str) -> Any:
    raise BrokenJson(
        _("%(name)s is not a JSON number; leave the value out if it is not known.") % {"name": name}
    )


def _float(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        raise BrokenJson(_("A number is too long to be read; shorten it.")) from None


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_float=_float, parse_constant=_constant)


def loads(raw: bytes | str) -> Any:
    """Return the value; decimals exactly as written, names only once."""
    try:
        text = raw.decode("utf-8") if isinstance(raw, bytes) else raw
        return _DECODER.decode(text)
    except UnicodeDecodeError:
        raise BrokenJson(_("The text is not UTF-8; encode it as UTF-8.")) from None
    except json.JSONDecodeError as error:
        raise BrokenJson(
            _(
                "It stops being JSON at line %(line)s, column %(column)s; check the quotes, commas "
                "and brackets there."
            )
            % {"line": error.lineno, "column": error.colno}
        ) from None
    except RecursionError:
        raise BrokenJson(
            _("The JSON is nested too deeply; send the names and values directly.")
        ) from None
    except BrokenJson:
        raise
    except ValueError:  # an integer of thousands of digits
        raise BrokenJson(_("A number is too long to be read; shorten it.")) from None


def printable(text: str) -> str:
    """Return a name that somebody sent in a form that can be shown and encoded."""
    clean = (
        text.encode("utf-8", "replace").decode("utf-8").replace("\0", "\N{REPLACEMENT CHARACTER}")
    )
    return clean if len(clean) <= 80 else f"{clean[:77]}..."
