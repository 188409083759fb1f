"""Fields that read what people type, and refuse in words that say what to do."""

import re
import unicodedata
from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

NOT_CHOSEN = _l("Choose one of the answers.")
_KEPT_CONTROLS = "\n\t"


def plain_text(raw: Any) -> str:
    """Return typed text with full-width signs made narrow and without spaces."""
    text = unicodedata.normalize("NFKC", raw if isinstance(raw, str) else "")
    return "".join(text.split())


class DateParts(forms.MultiWidget):
    """Year, month and day to type, each in its own box."""

    def __init__(self) -> None:
        """Make the three boxes."""
        super().__init__(
            {
                name: forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"})
                for name in ("year", "month", "day")
            }
        )

    def decompress(self, value: Any) -> list[str]:
        """Return the parts of a day, or of its ISO 8601 text."""
        if isinstance(value, str):
            try:
                value = date.fromisoformat(value)
            except ValueError:
                value = None
        return [str(value.year), str(value.month), str(value.day)] if value else ["", "", ""]


class DayField(forms.Field):
    """A day, typed in three parts; None if left empty."""

    widget = DateParts

    def clean(self, value: Any) -> date | None:
        """Return the day; an empty one is refused only where it is required."""
        texts = [plain_text(part).rstrip("年月日号") for part in value or ("", "", "")]
        if not any(texts):
            if self.required:
                raise forms.ValidationError(_("Write year, month and day."))
            return None
        if not all(re.fullmatch(r"[0-9]{1,4}", text, re.ASCII) for text in texts):
            raise forms.ValidationError(
                _("Write year, month and day in digits, such as 1990, 5 and 1.")
            )
        year, month, day = map(int, texts)
        if year < 1000:
            raise forms.ValidationError(_("Write the year with four digits, such as 1990."))
        try:
            return date(year, month, day)
        except ValueError:
            raise forms.ValidationError(
                _("The calendar has no such day. Look at month and day again.")
            ) from None

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Say nothing about changes; nobody asks."""
        return True


class WordsField(forms.CharField):
    """A free text of several lines; invisible characters that only confuse are taken out."""

    def __init__(self, *, limit: int, lines: int = 4, **options: Any):
        """Say how long it may be."""
        super().__init__(max_length=limit, widget=forms.Textarea(attrs={"rows": lines}), **options)
        # The browser would count line ends otherwise than we do, and cut off without a word.
        self.widget.attrs.pop("maxlength", None)
        self.error_messages["max_length"] = _l(
            "This is longer than %(limit_value)d characters. Write it shorter."
        )
        self.error_messages["required"] = _l("Write something here; a short sentence is enough.")

    def to_python(self, value: Any) -> str:
        """Return the text with one kind of line end and nothing invisible in it."""
        text = unicodedata.normalize("NFC", super().to_python(value))
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        # Overrides of the direction, lone surrogates and other controls; NUL is refused below.
        return "".join(
            c
            for c in text
            if c in _KEPT_CONTROLS or c == "\0" or unicodedata.category(c) not in ("Cc", "Cf", "Cs")
        )


class AnswerField(forms.ChoiceField):
    """One of the answers as large buttons; groups of answers have a heading."""

    def __init__(self, choices: Sequence[Any], **options: Any):
        """Show the answers, none of them chosen."""
        super().__init__(
            choices=choices,
            widget=forms.RadioSelect,
            error_messages={"required": NOT_CHOSEN, "invalid_choice": NOT_CHOSEN},
            **options,
        )


class AgreeField(forms.BooleanField):
    """Something to agree to before one can go on."""

    def __init__(self, **options: Any):
        """Say what to do if it is not ticked."""
        super().__init__(
            error_messages={
                "required": _l("Tick this box to go on. If it is not right, change it first.")
            },
            **options,
        )
