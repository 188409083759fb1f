"""The fields by which people say how they are reached."""

from django import forms
from django.utils.translation import gettext_lazy as _

from .phones import NotAPhone, to_e164


class PhoneField(forms.CharField):
    """A mobile number as people type it."""

    def __init__(self, *, required: bool = True):
        """Let a phone show its number keys and offer the own number."""
        super().__init__(
            required=required,
            max_length=40,
            label=_("Mobile number"),
            widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}),
            error_messages={"required": _("Write your mobile number.")},
        )

    def clean(self, value):
        """Return the number in the form that is kept."""
        text = super().clean(value)
        if not text:
            return text
        try:
            return to_e164(text)
        except NotAPhone:
            raise forms.ValidationError(
                _(
                    "This is no mobile number that we can send a message to. Write its 11 digits, "
                    "or begin with +852, +853 or +886."
                )
            ) from None


def email_field() -> forms.EmailField:
    """Return a field for an e-mail address."""
    return forms.EmailField(
        label=_("E-mail address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={
            "required": _("Write your e-mail address."),
            "invalid": _("Write an e-mail address such as name@example.com."),
        },
    )
