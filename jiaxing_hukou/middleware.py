"""What is decided about a request before any view sees it."""

from csp.constants import HEADER
from csp.utils import build_policy
from django.conf import settings
from django.core.exceptions import BadRequest
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.translation.trans_real import parse_accept_lang_header

from jiaxing_hukou.errors import method_not_allowed


class ContentPolicyMiddleware:
    """Send the Content-Security-Policy of the settings, which is the same on every page.

    django-csp's own middleware writes it anew for every response, for exceptions and nonces that
    no page here has.
    """

    def __init__(self, get_response):
        """Keep the next step, and the policy as it is sent."""
        self.get_response = get_response
        self.policy = build_policy()

    def __call__(self, request):
        """Send the policy along; not with Django's debugging pages, whose styles are inline."""
        response = self.get_response(request)
        if not (settings.DEBUG and response.status_code in (404, 500)):
            response.headers.setdefault(HEADER, self.policy)
        return response


class RefuseNulMiddleware:
    """Refuse a NUL in the address: neither file systems nor PostgreSQL can take it."""

    def __init__(self, get_response):
        """Keep the next step."""
        self.get_response = get_response

    def __call__(self, request):
        """Answer 400, or pass the request on."""
        query = request.META.get("QUERY_STRING", "")
        if "\0" in request.path_info or "%00" in query or "\0" in query:
            raise BadRequest("The address contains a NUL character.")
        return self.get_response(request)


class MethodPageMiddleware:
    """Say in words what Django leaves empty: that an address does not take such a request."""

    def __init__(self, get_response):
        """Keep the next step."""
        self.get_response = get_response

    def __call__(self, request):
        """Answer the request; a 405 without a word gets its page."""
        response = self.get_response(request)
        if response.status_code == 405 and not response.content:
            return method_not_allowed(request, response.headers["Allow"])
        return response


class LanguageMiddleware:
    """Speak the language that was chosen; Chinese unless one was.

    A browser's Accept-Language says what the computer was sold with, not what its
    user reads, so pages follow the cookie only. Programs have no cookie: under /api/
    the header counts.
    """

    def __init__(self, get_response):
        """Keep the next step."""
        self.get_response = get_response

    def __call__(self, request):
        """Answer in the language, and say so."""
        if request.path_info.startswith("/api/"):
            source = "Accept-Language"
            header = request.headers.get("Accept-Language", "")
            wanted = [code for code, _ in parse_accept_lang_header(header)]
        else:
            source = "Cookie"
            wanted = [request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")]
        with translation.override(_first_supported(wanted)):
            request.LANGUAGE_CODE = translation.get_language()
            response = self.get_response(request)
            response.headers.setdefault("Content-Language", request.LANGUAGE_CODE)
        patch_vary_headers(response, [source])
        return response


def _first_supported(codes: list[str]) -> str:
    for code in filter(None, codes):
        try:
            return translation.get_supported_language_variant(code)
        except LookupError:
            continue
    return settings.LANGUAGE_CODE
