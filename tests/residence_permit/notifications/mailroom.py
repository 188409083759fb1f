"""Notices that are owed, complete and unremarkable."""

from itertools import count

from allauth.account.models import EmailAddress
from django.db import transaction

from jiaxing_hukou.accounts.models import User
from residence_permit.models import Notice
from residence_permit.notifications import outbox
from tests.residence_permit.workbench import NOW, account

_serial = count(1)


def reachable() -> User:
    """Return a resident with a confirmed address and a confirmed number."""
    user = account()
    user.phone, user.phone_verified = f"+86138{next(_serial):08d}", True
    user.save()
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def owed(*users: User, cause: str = "", now=NOW, template: str = "registration-reported", **given):
    """Owe somebody a notice and return the ids of what is to be sent."""
    with transaction.atomic():
        return outbox.owe(
            cause=cause or f"test:{next(_serial)}",
            template=template,
            recipients=users or (reachable(),),
            now=now,
            **given,
        )


def owed_sms(*, now=NOW) -> Notice:
    """Return one text message that is due."""
    ids = owed(now=now)
    Notice.objects.filter(pk__in=ids).exclude(channel="sms").update(state="cancelled")
    return Notice.objects.get(pk__in=ids, channel="sms")
