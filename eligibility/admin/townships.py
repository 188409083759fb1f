"""Streets and towns."""

from django.contrib import admin

from eligibility.admin.reading import ReadOnly
from eligibility.models import Township


@admin.register(Township)
class TownshipAdmin(ReadOnly, admin.ModelAdmin):
    """The townships, to look a code up."""

    list_display = ("code", "name", "county", "kind", "valid_from", "valid_to")
    list_filter = ("county", "kind")
    search_fields = ("code", "name")
