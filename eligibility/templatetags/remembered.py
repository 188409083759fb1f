"""A part of a page that is rendered once and remembered: it must not depend on the person.

Most of the time that a page takes goes into parts that are the same for everybody: navigation,
footer, the words of a verdict. They are kept in the process, by language and by what is named.
"""

from itertools import count

from django import template
from django.conf import settings
from django.utils.translation import get_language

register = template.Library()
MOST_REMEMBERED = 2_000
_parts: dict[tuple, str] = {}
_places = count()


class RememberedNode(template.Node):
    """Renders its content once for each language and each set of values."""

    def __init__(self, nodelist, values):
        """Give the part a name of its own."""
        self.nodelist, self.values, self.place = nodelist, values, next(_places)

    def render(self, context):
        """Return what was rendered before, else render."""
        if settings.DEBUG:
            return self.nodelist.render(context)
        found = tuple(value.resolve(context) for value in self.values)
        key = (self.place, get_language(), found)
        text = _parts.get(key)
        if text is None:
            text = self.nodelist.render(context)
            if len(_parts) >= MOST_REMEMBERED:
                _parts.clear()
            _parts[key] = text
        return text


@register.tag
def remembered(parser, token):
    """Remember what is between here and ``endremembered``, for each value of the variables named.

    ``{% remembered here %}...{% endremembered %}``. Never name a person's data, and never put a
    form inside: its secret would be everybody's.
    """
    values = [parser.compile_filter(bit) for bit in token.split_contents()[1:]]
    nodelist = parser.parse(("endremembered",))
    parser.delete_first_token()
    return RememberedNode(nodelist, values)
