"""The forms of signing up and in; allauth's, with our words and our counting."""

from allauth.account import forms as account_forms
from allauth.account.internal.flows.manage_email import email_already_exists
from allauth.account.internal.userkit import filter_users_by_email
from allauth.core import context as allauth_context
from allauth.mfa.base import forms as mfa_forms
from allauth.mfa.internal.flows.add import validate_can_add_authenticator
from allauth.mfa.totp import forms as totp_forms
from allauth.socialaccount import forms as social_forms
from django import forms
from django.contrib.auth.hashers import make_password
from django.utils.translation import gettext_lazy as _

from .contacts import Contact, forget_unconfirmed_email, read_contact, user_by_phone
from .fields import email_field
from .messages import sms_possible
from .second_factor import counter_of, use_code
from .sign_in_limits import count_code_tried, count_second_factor_tried

CODE_EMPTY = _("Write the code.")
PASSWORD_HELP = _(
    "At least 10 characters, not only digits. Three words that only you would put together are "
    "easy to remember and hard to guess."
)
PASSWORD_EMPTY = _("Write your password.")


def _plain(form: forms.Form) -> None:
    """Take the placeholders away: a label stays readable while one types."""
    for field in form.fields.values():
        field.widget.attrs.pop("placeholder", None)
        if isinstance(field.widget, forms.PasswordInput):
            field.error_messages["required"] = PASSWORD_EMPTY


class LoginForm(account_forms.LoginForm):
    """Sign in by phone, e-mail or, for staff, name."""

    def __init__(self, *args, **kwargs):
        """Name what may be typed."""
        super().__init__(*args, **kwargs)
        login = self.fields["login"]
        login.label = _("Mobile number or e-mail address")
        login.max_length = 254
        login.widget.attrs |= {"autocomplete": "username", "autocapitalize": "none"}
        login.error_messages["required"] = _("Write your mobile number or e-mail address.")
        self.fields["password"].label = _("Password")
        self.fields["password"].help_text = ""
        _plain(self)

    def user_credentials(self):
        """Return one kind of contact and no other: each that is tried costs a password check.

        With two, a wrong password would take longer for an address that has an account.
        """
        contact = read_contact(self.cleaned_data["login"])
        return {contact.kind: contact.value, "password": self.cleaned_data["password"]}


class SignupForm(account_forms.SignupForm):
    """Sign up by phone, or with ``by=email`` by e-mail."""

    def __init__(self, *args, **kwargs):
        """Show one of the two contacts."""
        super().__init__(*args, **kwargs)
        asked = (self.data or allauth_context.request.GET).get("by", "")
        self.by = "email" if asked == "email" or not sms_possible() else "phone"
        del self.fields["phone" if self.by == "email" else "email"]
        if self.by == "email":
            self.fields["email"] = email_field()
        self.order_fields([self.by, "password1"])
        self.fields["password1"].label = _("Password")
        self.fields["password1"].help_text = PASSWORD_HELP
        _plain(self)

    def clean(self):
        """Refuse a password that is made of the number."""
        data = super().clean()
        phone, password = data.get("phone") or "", data.get("password1") or ""
        if phone and phone[-8:] in password:
            self.add_error("password1", _("Choose a password without your mobile number in it."))
        return data

    def try_save(self, request):
        """Take as long for a contact that has an account as for a new one."""
        if self.by == "email":
            email = self.cleaned_data["email"]
            forget_unconfirmed_email(email)
            _email, self.account_already_exists = email_already_exists(email)
        if self.account_already_exists:
            make_password(self.cleaned_data["password1"])
        return super().try_save(request)


class ResetPasswordForm(forms.Form):
    """Ask for a code with which a new password can be set."""

    contact = forms.CharField(
        label=_("Mobile number or e-mail address"),
        max_length=254,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none"}),
        error_messages={"required": _("Write your mobile number or e-mail address.")},
    )

    def clean(self):
        """Find out who is meant; nobody at all looks the same."""
        data = super().clean()
        contact = read_contact(data.get("contact") or "")
        if data.get("contact") and contact.kind == "username":
            self.add_error("contact", _("Write the number or address that you signed up with."))
        self.users = _users(contact)
        data["email"] = contact.value  # the name by which allauth's view asks for it
        return data

    def save(self, request, **kwargs):
        """Send the code."""
        process = account_forms.flows.password_reset_by_code.PasswordResetVerificationProcess
        user = self.users[0] if self.users else None
        process.initiate(request=request, user=user, email=self.cleaned_data["email"])
        return self.cleaned_data["email"]


def _users(contact: Contact) -> list:
    if contact.kind == "phone":
        user = user_by_phone(contact.value)
        return [user] if user and user.is_active else []
    if contact.kind == "email":
        return filter_users_by_email(
            contact.value, is_active=True, prefer_verified=True, for_login=True
        )
    return []


def _one_new_password(form: forms.Form) -> None:
    """Ask for the new password once: whoever mistypes it sets another one with a code."""
    form.fields.pop("password2", None)
    form.fields["password1"].label = _("New password")
    form.fields["password1"].help_text = PASSWORD_HELP
    _plain(form)


class ResetPasswordKeyForm(account_forms.ResetPasswordKeyForm):
    """Choose a new password after the code."""

    def __init__(self, *args, **kwargs):
        """Ask once."""
        super().__init__(*args, **kwargs)
        _one_new_password(self)


class SetPasswordForm(account_forms.SetPasswordForm):
    """Choose a first password."""

    def __init__(self, *args, **kwargs):
        """Ask once."""
        super().__init__(*args, **kwargs)
        _one_new_password(self)


class ChangePasswordForm(account_forms.ChangePasswordForm):
    """Choose another password."""

    def __init__(self, *args, **kwargs):
        """Ask for the old one, and once for the new one."""
        super().__init__(*args, **kwargs)
        self.fields["oldpassword"].label = _("Present password")
        self.fields["oldpassword"].help_text = ""
        _one_new_password(self)


class ReauthenticateForm(account_forms.ReauthenticateForm):
    """Enter the password once more."""

    def __init__(self, *args, **kwargs):
        """Name the field."""
        super().__init__(*args, **kwargs)
        self.fields["password"].label = _("Password")
        self.fields["password"].help_text = ""
        _plain(self)


class _CodeForm:
    """A form with the six digits that were sent; each try is counted."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        code = self.fields["code"]
        code.label = _("Code of six digits")
        code.max_length = 20
        code.widget.attrs |= {"inputmode": "numeric", "autocomplete": "one-time-code"}
        code.error_messages["required"] = CODE_EMPTY
        _plain(self)

    def clean_code(self):
        count_code_tried(allauth_context.request, type(self).__name__)
        return super().clean_code()


class VerifyPhoneForm(_CodeForm, account_forms.VerifyPhoneForm):
    """Confirm a number."""


class ConfirmEmailForm(_CodeForm, account_forms.ConfirmEmailVerificationCodeForm):
    """Confirm an address."""


class ConfirmResetForm(_CodeForm, account_forms.ConfirmPasswordResetCodeForm):
    """Confirm that a new password may be set."""


class ChangePhoneForm(account_forms.ChangePhoneForm):
    """Write another number; it counts once it is confirmed."""


class AddEmailForm(account_forms.AddEmailForm):
    """Write another address; it counts once it is confirmed."""

    def __init__(self, *args, **kwargs):
        """Put our field in the place of allauth's."""
        super().__init__(*args, **kwargs)
        self.fields["email"] = email_field()


class SocialSignupForm(social_forms.SignupForm):
    """Finish a sign-up through the provider: a number or address, whichever it did not give."""

    def __init__(self, *args, **kwargs):
        """Ask for the e-mail address alone, and only if it is not known."""
        super().__init__(*args, **kwargs)
        self.fields.pop("phone", None)
        if "email" in self.fields:
            initial = self.initial.get("email")
            self.fields["email"] = email_field()
            self.fields["email"].initial = initial
        _plain(self)


class _SecondFactor:
    """A form with a code of the app or a recovery code, each good once."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        code = self.fields["code"]
        code.label = _("Code from your app, or a recovery code")
        code.max_length = 20
        code.widget.attrs |= {"inputmode": "numeric", "autocomplete": "one-time-code"}
        code.error_messages["required"] = CODE_EMPTY
        _plain(self)

    def clean_code(self):
        count_second_factor_tried(allauth_context.request, self.user)
        row = use_code(self.user, self.cleaned_data["code"])
        if row is None:
            raise get_mfa_error("incorrect_code")
        self.authenticator = row
        return self.cleaned_data["code"]


class SecondFactorForm(_SecondFactor, mfa_forms.AuthenticateForm):
    """The second step of a sign-in."""


class SecondFactorAgainForm(_SecondFactor, mfa_forms.ReauthenticateForm):
    """The code once more, before something that matters."""


class ActivateTOTPForm(totp_forms.ActivateTOTPForm):
    """Prove that the app shows the right codes; that one is used up by it."""

    def __init__(self, *args, **kwargs):
        """Name the field."""
        super().__init__(*args, **kwargs)
        code = self.fields["code"]
        code.label = _("Code that the app shows now")
        code.max_length = 20
        code.widget.attrs |= {"inputmode": "numeric", "autocomplete": "one-time-code"}
        code.error_messages["required"] = CODE_EMPTY
        _plain(self)

    def clean_code(self):
        """Find the time step of the code."""
        validate_can_add_authenticator(self.user)
        count_second_factor_tried(allauth_context.request, self.user)
        self.counter = counter_of(self.secret, self.cleaned_data["code"])
        if self.counter is None:
            raise get_mfa_error("incorrect_code")
        return self.cleaned_data["code"]


def get_mfa_error(code: str) -> forms.ValidationError:
    """Return an error of the second factor in our words."""
    return mfa_forms.get_adapter().validation_error(code)
