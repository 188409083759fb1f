"""Where allauth asks us: how contacts are kept, what is sent, where a sign-in leads."""

import time
from io import BytesIO
from secrets import token_hex

import segno
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.core import context as allauth_context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import resolve_url
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from jiaxing_hukou import encryption
from jiaxing_hukou.rate_limits import client_address

from . import devices
from .contacts import Contact, read_contact, take_phone, user_by_phone
from .fields import PhoneField
from .messages import MessageNotSent, send_sms_template
from .sign_in_limits import count_code_sent, count_sign_in

FRESH_SECONDS = 300
TOTP_COLUMN = "mfa.authenticator.data"
# What anybody can have sent by typing a contact; notices of changes are not counted.
ASKED_FOR = {
    "account_already_exists",
    "email_confirmation",
    "email_confirmation_signup",
    "password_reset_code",
    "unknown_account",
}
WRONG = _("The number, address or name and the password do not match. Check both and try again.")


class AccountAdapter(DefaultAccountAdapter):
    """Accounts by phone or e-mail, with codes and without links."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": WRONG,
        "phone_password_mismatch": WRONG,
        "username_password_mismatch": WRONG,
        "incorrect_password": _("This is not your password. Check it and try again."),
        "enter_current_password": _("This is not your present password. Check it and try again."),
        "incorrect_code": _(
            "This code is not right or no longer valid. Check it, or ask for a new one."
        ),
        "too_many_login_attempts": _("Too many wrong codes. Please begin again."),
        "phone_taken": _("This number cannot be used here. Write another one."),
        "email_taken": _("This address cannot be used here. Write another one."),
        "same_as_current": _("This is the one you have now. Write the new one."),
    }

    # Who signs in

    def populate_username(self, request, user) -> None:
        """Give a name that says nothing about the person; nobody has to know it."""
        user.username = user.username or f"r-{token_hex(8)}"

    def phone_form_field(self, **options):
        """Return the field that reads numbers."""
        return PhoneField(required=options.get("required", True))

    def get_phone(self, user):
        """Return the number and whether it is confirmed."""
        return (user.phone, user.phone_verified) if user.phone else None

    def set_phone(self, user, phone: str, verified: bool) -> None:
        """Keep the number of an account."""
        take_phone(user, phone, verified=verified)

    def set_phone_verified(self, user, phone: str) -> None:
        """Keep that the number was confirmed by its code."""
        take_phone(user, phone, verified=True)

    def get_user_by_phone(self, phone: str):
        """Return the holder of a confirmed number."""
        return user_by_phone(phone)

    def get_login_stages(self) -> list[str]:
        """Return the steps: the contact first, the second factor last."""
        return [
            "jiaxing_hukou.accounts.stages.PhoneStage",
            "jiaxing_hukou.accounts.stages.EmailStage",
            "allauth.mfa.stages.AuthenticateStage",
        ]

    def clean_password(self, password: str, user=None) -> str:
        """Refuse a weak password, one reason at a time."""
        try:
            return super().clean_password(password, user)
        except ValidationError as error:
            raise ValidationError(error.error_list[0]) from None

    # How often

    def get_client_ip(self, request) -> str:
        """Return the address as our proxies saw it."""
        return client_address(request)

    def pre_authenticate(self, request, **credentials) -> None:
        """Count the try before the password is looked at."""
        for kind in ("phone", "email", "username"):
            if value := credentials.get(kind):
                count_sign_in(request, read_contact(str(value)))
                return

    # Where to

    def get_login_redirect_url(self, request) -> str:
        """Lead staff to their desk and others to their account."""
        return resolve_url("admin:index" if request.user.is_staff else settings.LOGIN_REDIRECT_URL)

    def get_password_change_redirect_url(self, request) -> str:
        """Lead back to the account."""
        return resolve_url("account-home")

    def get_email_verification_redirect_url(self, email_address) -> str:
        """Lead back to the account."""
        return resolve_url("account-home")

    def post_login(self, request, user, **kwargs):
        """Let the browser be known for this account."""
        response = super().post_login(request, user, **kwargs)
        devices.remember(request, response, user.pk)
        return response

    def is_reauthentication_required(self, *, app: str, **kwargs) -> bool:
        """Ask again before a change of the account, unless the sign-in was just now."""
        request = allauth_context.request
        records = get_authentication_records(request, request.user)
        fresh = records and time.time() - records[-1]["at"] < FRESH_SECONDS
        return not fresh and super().is_reauthentication_required(app=app, **kwargs)

    # What is sent

    def send_mail(self, template_prefix: str, email: str, context: dict) -> None:
        """Send an e-mail; where the contact is a number, the text message of the same name."""
        contact = read_contact(email)
        name = template_prefix.rsplit("/", 1)[-1]
        if name in ASKED_FOR:
            count_code_sent(allauth_context.request, contact)
        if contact.kind == "phone":
            self._send_sms(name, contact, context)
        else:
            self.render_mail(template_prefix, email, context).send()

    def send_notification_mail(self, template_prefix, user, context=None, email=None) -> None:
        """Tell the holder of a change; by text message where there is no address."""
        if user.email or email:
            super().send_notification_mail(template_prefix, user, context, email)
        elif user.phone and user.phone_verified:
            self._send_sms("security_notice", Contact("phone", user.phone), {})

    def send_verification_code_sms(self, user, phone: str, code: str, **kwargs) -> None:
        """Send the code that confirms a number."""
        self._send_counted("phone_code", phone, {"code": code})

    def send_account_already_exists_sms(self, phone: str) -> None:
        """Tell the holder that somebody signs up with his number; the page says nothing."""
        self._send_counted("account_already_exists", phone, {})

    def send_unknown_account_sms(self, phone: str, **kwargs) -> None:
        """Tell the holder of a number without account that there is none."""
        self._send_counted("unknown_account", phone, {})

    def _send_counted(self, name: str, phone: str, context: dict) -> None:
        contact = Contact("phone", phone)
        count_code_sent(allauth_context.request, contact)
        self._send_sms(name, contact, context)

    def _send_sms(self, name: str, contact: Contact, context: dict) -> None:
        try:
            send_sms_template(name, contact.value, context)
        except MessageNotSent:
            messages.error(
                allauth_context.request,
                gettext("The message could not be sent. Wait a minute, then ask for a new code."),
            )


class MfaAdapter(DefaultMFAAdapter):
    """Second factors: secrets are encrypted, and staff cannot do without."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": _(
            "This code is not right or was used before. Wait for the next one in your app."
        ),
        "cannot_delete_authenticator": _(
            "Staff sign in with a second step. Ask an administrator if you need to set it up anew."
        ),
        "unverified_email": _("Confirm your e-mail address first, then set up the second factor."),
    }

    def get_totp_label(self, user) -> str:
        """Name the account in the app."""
        return user.username if user.is_staff else str(user)

    def get_totp_issuer(self) -> str:
        """Name the portal in the app."""
        return gettext("Jiaxing Hukou Portal")

    def build_totp_svg(self, url: str) -> str:
        """Draw the address of the secret as a QR code."""
        drawn = BytesIO()
        segno.make(url, error="m").save(drawn, kind="svg", scale=4, border=4, xmldecl=False)
        return drawn.getvalue().decode()

    def encrypt(self, text: str) -> str:
        """Return a secret as it is stored."""
        return encryption.encrypt(text, TOTP_COLUMN)

    def decrypt(self, encrypted_text: str) -> str:
        """Return a stored secret."""
        return encryption.decrypt(encrypted_text, TOTP_COLUMN)

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """Leave staff their second factor."""
        return not authenticator.user.is_staff


class SocialAdapter(DefaultSocialAccountAdapter):
    """Signing in through the provider of the settings."""

    def populate_user(self, request, sociallogin, data):
        """Take over nothing but the address: the real name is entered in the profile."""
        user = super().populate_user(request, sociallogin, {"email": data.get("email") or ""})
        user.username = ""
        return user

    def is_open_for_signup(self, request, sociallogin) -> bool:
        """Let whoever the provider knows have an account."""
        return True

    def on_authentication_error(self, request, provider, **kwargs) -> None:
        """Keep the provider's words from the log; the page says what to do."""
        if not isinstance(kwargs.get("exception"), ValidationError):
            return
