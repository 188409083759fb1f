"""Staff look after accounts in Django's own user admin."""

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.utils.translation import gettext_lazy as _

from .models import User


@admin.register(User)
class UserAdmin(DjangoUserAdmin):
    """Django's user admin; demonstration accounts are marked and can be filtered."""

    list_display = ("username", "first_name", "last_name", "is_staff", "is_demo")
    list_filter = (*DjangoUserAdmin.list_filter, "is_demo")
    readonly_fields = ("is_demo",)
    fieldsets = (
        *DjangoUserAdmin.fieldsets,
        (_("Office"), {"fields": ("office",)}),
        (_("Demonstration"), {"fields": ("is_demo",)}),
    )
