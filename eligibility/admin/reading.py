"""What is looked at here and changed nowhere."""

from typing import Any

from django.http import HttpRequest

TABLE = "admin/eligibility/read_only_inline.html"


class ReadOnly:
    """No adding, no changing, no deleting: the law of the past is not edited in place."""

    actions = None

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        """Refuse."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse."""
        return False
