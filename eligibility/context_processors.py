"""What every page knows."""

from django.http import HttpRequest

ELDER_COOKIE = "elder"


def elder_mode(request: HttpRequest) -> dict[str, bool]:
    """Say whether the reader has switched large print on."""
    return {"elder_mode": request.COOKIES.get(ELDER_COOKIE) == "1"}
