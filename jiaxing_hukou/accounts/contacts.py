"""By what a person is reached: a phone number or an e-mail address, as typed and as kept.

A contact that nobody has confirmed belongs to whoever asked last: otherwise a stranger could
take a number that is not his by starting to sign up with it. A confirmed one is its holder's.
"""

from dataclasses import dataclass

from allauth.account.internal.userkit import filter_users_by_email
from allauth.account.models import EmailAddress
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from jiaxing_hukou.encryption import keyed_hash

from .models import User
from .phones import NotAPhone, masked, to_e164

LONGEST = 254


@dataclass(frozen=True)
class Contact:
    """What was typed, read: ``kind`` is phone, email or username."""

    kind: str
    value: str

    @property
    def subject(self) -> str:
        """Return the hash under which acts on this contact are counted."""
        return keyed_hash(f"{self.kind}:{self.value}", "sign-in")[:32]


def read_contact(text: str) -> Contact:
    """Return what somebody signs in by."""
    text = text.strip()[:LONGEST]
    try:
        return Contact("phone", to_e164(text))
    except NotAPhone:
        pass
    try:
        validate_email(text)
    except ValidationError:
        return Contact("username", text)
    return Contact("email", text.lower())


def holder(contact: Contact) -> User | None:
    """Return whose contact it is; a number that was not confirmed is nobody's."""
    if contact.kind == "phone":
        return user_by_phone(contact.value)
    if contact.kind == "email":
        users = filter_users_by_email(contact.value, prefer_verified=True, for_login=True)
        return users[0] if users else None
    return User.objects.filter(username=contact.value).first()


def user_by_phone(phone: str) -> User | None:
    """Return the holder of a confirmed number, however it is typed."""
    try:
        kept = to_e164(phone)
    except NotAPhone:
        return None
    return User.objects.filter(phone=kept, phone_verified=True).first()


def take_phone(user: User, phone: str, *, verified: bool) -> None:
    """Give the number to ``user``; where it is another's and confirmed, it stays his."""
    try:
        _take_phone(user, phone, verified=verified)
    except IntegrityError:  # somebody began with the same number in the same moment
        _take_phone(user, phone, verified=verified)


@transaction.atomic
def _take_phone(user: User, phone: str, *, verified: bool) -> None:
    others = User.objects.select_for_update().filter(phone=phone).exclude(pk=user.pk)
    if others.filter(phone_verified=True).exists():
        raise ValidationError("The number is another account's.")
    others.update(phone=None)
    user.phone, user.phone_verified = phone, verified
    user.save(update_fields=["phone", "phone_verified"])


def forget_unconfirmed_email(email: str) -> None:
    """Drop accounts that were begun with this address and never confirmed or used."""
    begun = User.objects.filter(
        email__iexact=email, last_login=None, phone_verified=False, is_staff=False
    ).exclude(pk__in=EmailAddress.objects.filter(verified=True).values("user_id"))
    for user in begun:
        try:
            user.delete()
        except ProtectedError:  # somebody entered data for it; then it stays
            continue


def shown_name(user: User) -> str:
    """Return how pages address a signed-in person: the masked contact, or the staff name."""
    if user.is_staff:
        return user.get_full_name() or user.username
    if user.phone:
        return masked(user.phone)
    return user.email or user.get_full_name() or str(user)
