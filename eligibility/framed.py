"""Pages inside the portal's frame, of which only the inside is rendered for each request.

Header, navigation and footer are the same for all who read in one language and size: they are
rendered from ``base.html`` once a day, with gaps where pages differ, which the blocks of a page's
template fill. Only a page for somebody without a session is put together like this, and only if
its template does nothing but fill those blocks; it is the same page.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from django.conf import settings
from django.contrib.messages import get_messages
from django.contrib.messages.storage.cookie import CookieStorage
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template import Context, Template
from django.template.base import NodeList
from django.template.loader import get_template
from django.template.loader_tags import BlockNode, ExtendsNode
from django.utils import timezone
from django.utils.html import escape
from django.utils.translation import get_language

from eligibility.context_processors import elder_mode
from jiaxing_hukou.csrf_tokens import token_for

FRAME = "base.html"
# Nobody who types can know it, so nothing that is typed makes a gap.
GAP = f"\x1e{secrets.token_hex(16)}\x1e"
# The gaps in the order in which base.html has them: blocks, and what its two switches send.
BLOCKS = frozenset(("title", "head_extra", "print_reference", "back", "content", "scripts"))
GAPS = (
    *("title", "head_extra", "print_reference", "#token", "#path", "#token", "#path"),
    *("back", "content", "scripts"),
)


def framed(
    request: HttpRequest,
    name: str,
    context: Mapping[str, Any] = MappingProxyType({}),
    *,
    status: int = 200,
) -> HttpResponse:
    """Return a page."""
    template, blocks = _blocks(name)
    by_itself = blocks is None or settings.DEBUG or settings.SESSION_COOKIE_NAME in request.COOKIES
    if by_itself or _has_messages(request):
        return render(request, name, dict(context), status=status)
    match = request.resolver_match
    texts = _frame(
        get_language() or "",
        elder_mode(request)["elder_mode"],
        (match and match.url_name) or "",
        timezone.localdate(),
    )
    token = token_for(request)
    known = {"LANGUAGE_CODE": get_language(), "csrf_token": token}
    filled = _rendered(template, blocks, Context(known | context))
    filled["#token"], filled["#path"] = token, escape(request.get_full_path())
    parts = [filled.get(gap, "") + after for gap, after in zip(GAPS, texts[1:], strict=True)]
    return HttpResponse(texts[0] + "".join(parts), status=status)


def _has_messages(request: HttpRequest) -> bool:
    """Whether there is a message for somebody without a session: brought along, or just added."""
    added: bool = getattr(get_messages(request), "added_new", False)
    return added or CookieStorage.cookie_name in request.COOKIES


@lru_cache(maxsize=200)
def _blocks(name: str) -> tuple[Template, Mapping[str, NodeList] | None]:
    """Return a page's template and what fills its blocks; None for it if there is more to it."""
    template = get_template(name).template
    extends = template.nodelist[0]
    if not isinstance(extends, ExtendsNode) or extends.parent_name.var != FRAME:
        return template, None
    blocks = extends.nodelist.get_nodes_by_type(BlockNode)
    if not BLOCKS.issuperset(extends.blocks) or len(blocks) != len(extends.blocks):
        return template, None
    return template, {block.name: block.nodelist for block in blocks}


def _rendered(
    template: Template, blocks: Mapping[str, NodeList], context: Context
) -> dict[str, str]:
    with context.render_context.push_state(template), context.bind_template(template):
        filled = {}
        for name, nodes in blocks.items():
            with context.push():
                filled[name] = nodes.render(context)
        return filled


@dataclass(frozen=True)
class _Match:
    url_name: str


@dataclass(frozen=True)
class _Anybody:
    """What base.html asks of a request, for a person of whom nothing is known."""

    resolver_match: _Match

    def get_full_path(self) -> str:
        return GAP


@lru_cache(maxsize=500)
def _frame(_language: str, elder: bool, url_name: str, _today: date) -> tuple[str, ...]:
    """Return the text between the gaps, in the active language; it names the day of printing."""
    context = {
        "request": _Anybody(_Match(url_name)),
        "LANGUAGE_CODE": get_language(),
        "elder_mode": elder,
        "csrf_token": GAP,
        "gap": GAP,
    }
    found = tuple(get_template("layouts/frame.html").render(context).split(GAP))
    if len(found) != len(GAPS) + 1:
        raise ValueError(f"{FRAME} differs from page to page in places that are not among GAPS")
    return found
