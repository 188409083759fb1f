"""What a password must have besides Django's own checks."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

FEWEST_DIFFERENT = 5


class VariedPasswordValidator:
    """Refuse a password of a few characters said over and over."""

    def validate(self, password: str, user=None) -> None:
        """Refuse ``password`` if it repeats itself; spaces do not count."""
        if len(set("".join(password.split()))) < FEWEST_DIFFERENT:
            raise ValidationError(self.get_help_text(), code="password_repeats")

    def get_help_text(self) -> str:
        """Say what is asked for."""
        return _("Use at least %(count)d different characters.") % {"count": FEWEST_DIFFERENT}
