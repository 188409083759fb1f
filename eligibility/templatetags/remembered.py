"""A part of a page that is rendered once and remembered: it must not depend on the person.

Most of the time that a page takes goes into parts that are the same for everybody: navigation,
footer, the words of a verdict. They are kept in the process, by language and by what is named.
What does depend on the person stands inside as ``live`` and is rendered each time.
"""

import html
import secrets
from contextvars import ContextVar
from itertools import count

from django import template
from django.conf import settings
from django.template import TemplateSyntaxError, Variable
from django.template.base import VariableNode
from django.utils.safestring import SafeString
from django.utils.translation import get_language

register = template.Library()
MOST_REMEMBERED = 2_000
# What stands for a live part; nobody who types can know it.
GAP = f"\x1e{secrets.token_hex(16)}\x1e"
_parts: dict[tuple, tuple] = {}
_places = count()


class _Named:
    """A variable without filters: most of what a page says of one reader.

    Resolved as templates do where it is found item by item, and by them where it is not.
    """

    def __init__(self, expression, node=None):
        """Take the names, and what renders anything but a text."""
        self.names, self.expression, self.node = expression.var.lookups, expression, node

    @staticmethod
    def names_something(expression):
        """Whether an expression is nothing but names."""
        plain = isinstance(expression.var, Variable) and not expression.filters
        return plain and bool(expression.var.lookups) and not expression.var.translate

    def resolve(self, context):
        """Return the value."""
        value = context
        try:
            for name in self.names:
                value = value[name]
        except (KeyError, TypeError, IndexError):
            return self.expression.resolve(context)
        return self.expression.resolve(context) if callable(value) else value

    def render(self, context):
        """Return the text, escaped where it has to be."""
        value = self.resolve(context)
        if isinstance(value, SafeString):
            return value
        if type(value) is str and context.autoescape:
            return html.escape(value)
        return self.node.render(context)


def _fast(nodelist):
    """Return what renders a live part: of a lone variable or node not the list around it."""
    if len(nodelist) != 1:
        return nodelist
    [node] = nodelist
    if isinstance(node, VariableNode) and _Named.names_something(node.filter_expression):
        return _Named(node.filter_expression, node)
    return node


class _Recording:
    """A part that is being rendered to be remembered, with the live ones met in it."""

    def __init__(self, context):
        """Note where it begins: a live part is rendered from there later on."""
        self.context, self.depth, self.live = context, len(context.dicts), []


_recording: ContextVar[_Recording | None] = ContextVar("recording", default=None)


class RememberedNode(template.Node):
    """Renders its content once for each language and each set of values."""

    def __init__(self, nodelist, values):
        """Give the part a name of its own."""
        self.nodelist, self.values, self.place = nodelist, values, next(_places)

    def render(self, context):
        """Return what was rendered before, else render; with its live parts of now."""
        if settings.DEBUG or _recording.get() is not None:
            return self.nodelist.render(context)
        found = [value.resolve(context) for value in self.values]
        key = (self.place, get_language(), *found)
        known = _parts.get(key)
        if known is None:
            known = self._record(context)
            if len(_parts) >= MOST_REMEMBERED:
                _parts.clear()
            _parts[key] = known
        first, rest = known
        if not rest:
            return first
        return first + "".join([node.render(context) + after for node, after in rest])

    def _record(self, context):
        """Render, and cut where the live parts are."""
        recording = _Recording(context)
        token = _recording.set(recording)
        try:
            text = self.nodelist.render(context)
        finally:
            _recording.reset(token)
        first, *rest = text.split(GAP)
        return first, tuple(zip(recording.live, rest, strict=True))


class LiveNode(template.Node):
    """Renders its content each time, wherever it stands."""

    def __init__(self, nodelist):
        """Keep the content."""
        self.nodelist, self.fast = nodelist, _fast(nodelist)

    def render(self, context):
        """Render; in a part that is to be remembered only say where."""
        recording = _recording.get()
        if recording is None:
            return self.nodelist.render(context)
        if context is not recording.context or len(context.dicts) != recording.depth:
            raise TemplateSyntaxError(
                "live stands in a loop, a with, a block or an include inside of remembered: "
                "what is named there would be lost"
            )
        recording.live.append(self.fast)
        return GAP


@register.tag
def remembered(parser, token):
    """Remember what is between here and ``endremembered``, for each value of the variables named.

    ``{% remembered here %}...{% live %}{{ name }}{% endlive %}...{% endremembered %}``. Never name
    a person's data, and put forms and whatever else is a person's into ``live``.
    """
    values = [parser.compile_filter(bit) for bit in token.split_contents()[1:]]
    values = [_Named(value) if _Named.names_something(value) else value for value in values]
    nodelist = parser.parse(("endremembered",))
    parser.delete_first_token()
    return RememberedNode(nodelist, values)


@register.tag
def live(parser, token):
    """Render what is between here and ``endlive`` each time, inside of ``remembered``."""
    nodelist = parser.parse(("endlive",))
    parser.delete_first_token()
    return LiveNode(nodelist)


class PartNode(template.Node):
    """Renders another template where it stands, found once."""

    def __init__(self, name):
        """Keep the name; a template may name one that names it."""
        self.name, self.nodelist_of_part = name, None

    def render(self, context):
        """Render with all that is known here."""
        if self.nodelist_of_part is None or settings.DEBUG:
            self.nodelist_of_part = context.template.engine.get_template(self.name).nodelist
        return self.nodelist_of_part.render(context)


@register.tag
def part(parser, token):
    """Render a template that only ever stands here: ``{% part "a.html" %}``.

    Like ``include`` without any of its options, and without what these cost.
    """
    _tag, name = token.split_contents()
    return PartNode(name.strip("\"'"))
