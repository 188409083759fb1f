"""Staff look after accounts and offices; secrets of signing in are shown to nobody."""

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from allauth.usersessions.models import UserSession
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from .models import Station, StationTownship, User

# What allauth would show: addresses, secrets, tokens. The account's holder manages them himself.
admin.site.unregister([EmailAddress, Authenticator, SocialAccount, SocialApp, SocialToken])
admin.site.unregister([UserSession, AccessAttempt, AccessFailureLog, AccessLog])


@admin.register(AccessAttempt)
class AccessAttemptAdmin(admin.ModelAdmin):
    """Wrong passwords by account and address; deleting a row ends the wait."""

    list_display = ("username", "ip_address", "failures_since_start", "attempt_time")
    fields = list_display
    readonly_fields = list_display
    search_fields = ("username", "ip_address")

    def has_add_permission(self, request) -> bool:
        """Leave the writing to the sign-in."""
        return False

    def has_change_permission(self, request, obj=None) -> bool:
        """Leave the counting to the sign-in."""
        return False


@admin.register(User)
class UserAdmin(DjangoUserAdmin):
    """Django's user admin; demonstration accounts are marked and can be filtered."""

    list_display = ("username", "first_name", "last_name", "is_staff", "station", "is_demo")
    list_filter = (*DjangoUserAdmin.list_filter, "is_demo")
    list_select_related = ("station",)
    readonly_fields = ("is_demo", "phone_verified")
    autocomplete_fields = ("station",)
    actions = ("reset_second_factor",)
    fieldsets = (
        *DjangoUserAdmin.fieldsets,
        (_("Mobile number"), {"fields": ("phone", "phone_verified")}),
        (_("Office"), {"fields": ("office", "station")}),
        (_("Demonstration"), {"fields": ("is_demo",)}),
    )

    @admin.action(description=_("Let them set up the second factor anew"), permissions=["change"])
    def reset_second_factor(self, request, queryset):
        """Take the second factors away; staff set up new ones at the next sign-in."""
        count = queryset.exclude(pk=request.user.pk).count()
        Authenticator.objects.filter(user__in=queryset.exclude(pk=request.user.pk)).delete()
        text = ngettext(
            "%(count)d account sets up its second factor at the next sign-in.",
            "%(count)d accounts set up their second factor at the next sign-in.",
            count,
        )
        self.message_user(request, text % {"count": count}, messages.SUCCESS)


class TownshipInline(admin.TabularInline):
    """The townships of a station."""

    model = StationTownship
    extra = 0


@admin.register(Station)
class StationAdmin(admin.ModelAdmin):
    """The offices: real names, addresses and phones are entered here."""

    list_display = ("code", "name_zh", "kind", "parent")
    list_filter = ("kind",)
    list_select_related = ("parent",)
    search_fields = ("code", "name_zh", "name_en")
    autocomplete_fields = ("parent",)
    inlines = (TownshipInline,)
