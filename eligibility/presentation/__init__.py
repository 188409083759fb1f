"""Pages of the check as small dataclasses: verdicts become sentences a neighbour would say.

Nothing is judged here: every page is read off an answer as the public contract words it, or off a
check.
"""

from .comparison import PlaceLine, place_lines
from .grounds import Places, places_of
from .people import member_fact, member_name
from .phrases import stated_text, upper_first
from .result import result_page
from .sentences import place_name
from .shapes import Ground, Line, MemberLine, Missing, NoticeLine, PaperLine, ResultPage, RouteCard
from .why import Why, why_asked

__all__ = [
    "Ground",
    "Line",
    "MemberLine",
    "Missing",
    "NoticeLine",
    "PaperLine",
    "PlaceLine",
    "Places",
    "ResultPage",
    "RouteCard",
    "Why",
    "member_fact",
    "member_name",
    "place_lines",
    "place_name",
    "places_of",
    "result_page",
    "stated_text",
    "upper_first",
    "why_asked",
]
