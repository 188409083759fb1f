"""What the pages of a questionnaire have in common: its addresses, its privacy, its state."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache, wraps
from typing import Any
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from eligibility import presentation, wording
from eligibility.core.notices import Notice
from eligibility.framed import framed
from eligibility.services import questionnaires
from eligibility.services.questionnaires import Progress
from jiaxing_hukou.rate_limits import limited

CAME_FROM = ("answers", "result")  # where a "change" link stands, and where it leads back


def private(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Keep a page out of every cache and index; a link that leads nowhere gets a page that helps.

    The referrer stays as the portal sends it everywhere (same-origin): no other site learns the
    address, and the form checks need it.
    """

    @wraps(view)
    def kept(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            response = view(request, *args, **kwargs)
        except questionnaires.QuestionnaireUnknown:
            response = framed(request, "eligibility/check/gone.html", status=404)
        except questionnaires.QuestionnaireExpired:
            response = framed(request, "eligibility/check/gone.html", {"expired": True}, status=410)
        response["Cache-Control"] = "no-store, private"
        response["X-Robots-Tag"] = "noindex, nofollow"
        return response

    return kept


def page(*methods: str) -> Callable[[Callable[..., HttpResponse]], Callable[..., Any]]:
    """Decorate a page of a questionnaire: counted, private, for these methods only."""

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., Any]:
        return require_http_methods(["HEAD", *methods])(limited("pages")(private(view)))

    return decorate


def posted(request: HttpRequest) -> QueryDict | None:
    """Return what was sent, even if it is nothing; None if nothing was."""
    return request.POST if request.method == "POST" else None


@dataclass(frozen=True)
class Links:
    """The addresses of one questionnaire's pages; one look-up serves them all."""

    base: str

    def __getitem__(self, name: str) -> str:
        """Return the address of a page or question; in templates ``links.result``.

        Templates look here before they look for an attribute, so ``links.base`` comes here too.
        """
        return self.base if name == "base" else f"{self.base}{name}/"


@lru_cache(maxsize=1)
def _pattern() -> str:
    return reverse("check-resume", args=["TOKEN"])


def links_to(token: str) -> Links:
    """Return the addresses of a questionnaire's pages."""
    return Links(_pattern().replace("TOKEN", quote(token, safe="")))


def progress_of(token: str) -> Progress:
    """Return a questionnaire as it stands now."""
    row = questionnaires.find(token, now=timezone.now())
    return Progress(row, timezone.localdate())


def places_of(progress: Progress) -> presentation.Places:
    """Return where the documents of its rules are read."""
    return presentation.places_of(progress.ruleset, document_url)


def document_url(slug: str) -> str:
    """Return the address of the page of a legal document."""
    return reverse("document-detail", args=[slug])


def next_url(token: str, progress: Progress, came_from: str = "") -> str:
    """Return the next question; when nothing useful is left, the answers to read through."""
    back = came_from if came_from in CAME_FROM else "answers"
    return links_to(token)[progress.next_question or back]


def contradictions(
    token: str, progress: Progress, notices: Iterable[Notice], here: str = ""
) -> list[dict[str, Any]]:
    """Return what does not fit together, each with the way to the other answers."""
    return [
        {"text": wording.notice_text(notice), "links": links_of(token, progress, notice, here)}
        for notice in notices
    ]


def links_of(token: str, progress: Progress, notice: Any, here: str = "") -> list[dict[str, str]]:
    """Return a link for each answer that a notice is about, the page's own left out."""
    people, to = progress.people, links_to(token)
    links = []
    for field in notice.fields:
        name = field.partition(".")[0]
        if name == here:
            continue
        if name.startswith("household["):
            index = int(name.removeprefix("household[").removesuffix("]"))
            url = to[f"family/{people[index].id}"]
        else:
            url = to[field]
        links.append({"label": wording.label(field), "url": url})
    return links
