"""The steps of a sign-in. A person confirms the contact he signed up with, not both kinds."""

from allauth.account.stages import EmailVerificationStage, PhoneVerificationStage


class PhoneStage(PhoneVerificationStage):
    """Confirm the phone number; nothing to do where there is none."""

    def handle(self):
        """Let an account without a number pass, though the sign-up form may ask for one."""
        user = self.login.user
        if user and not user.phone:
            return None, True
        return super().handle()


class EmailStage(EmailVerificationStage):
    """Confirm the e-mail address; nothing to do where the phone number is confirmed."""

    def handle(self):
        """Ask only whom no other confirmed contact vouches for."""
        user = self.login.user
        if user and (user.phone_verified or not user.email):
            return None, True
        return super().handle()
