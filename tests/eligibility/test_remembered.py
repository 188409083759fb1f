"""What a page remembers is everybody's; what is live is one reader's."""

import pytest
from django.template import Context, TemplateSyntaxError, engines
from django.utils import translation


def template(text):
    return engines["django"].from_string("{% load i18n remembered %}" + text).template


def test_a_part_is_rendered_once_for_each_value_named():
    greeting = template("{% remembered kind %}{{ kind }} {{ name }}{% endremembered %}")

    assert greeting.render(Context({"kind": "a", "name": "first"})) == "a first"
    assert greeting.render(Context({"kind": "a", "name": "second"})) == "a first"
    assert greeting.render(Context({"kind": "b", "name": "second"})) == "b second"


def test_what_is_live_is_rendered_for_each_reader():
    page = template(
        "{% remembered %}<{% live %}{{ name }}{% endlive %}|"
        "{% if big %}{% live %}{{ name }}!{% endlive %}{% endif %}>{% endremembered %}"
    )

    assert page.render(Context({"name": "Ann", "big": True})) == "<Ann|Ann!>"
    assert page.render(Context({"name": "<Bob>", "big": True})) == "<&lt;Bob&gt;|&lt;Bob&gt;!>"


def test_a_part_inside_a_part_keeps_what_is_live_in_it():
    page = template(
        "{% remembered %}[{% remembered %}({% live %}{{ name }}{% endlive %}){% endremembered %}]"
        "{% endremembered %}"
    )

    assert page.render(Context({"name": "Ann"})) == "[(Ann)]"
    assert page.render(Context({"name": "Bob"})) == "[(Bob)]"


def test_each_language_has_its_own():
    page = template('{% remembered %}{% translate "Home" %}{% endremembered %}')
    said = []

    for language in ("zh-hans", "en", "zh-hans"):
        with translation.override(language):
            said.append(page.render(Context()))

    assert said == ["首页", "Home", "首页"]


@pytest.mark.parametrize(
    "around",
    [
        "{{% for name in names %}}{}{{% endfor %}}",
        "{{% with name=names.0 %}}{}{{% endwith %}}",
        "{{% block name %}}{}{{% endblock %}}",
    ],
)
def test_live_is_refused_where_its_names_would_be_lost(around):
    inside = around.format("{% live %}{{ name }}{% endlive %}")
    page = template(f"{{% remembered %}}{inside}{{% endremembered %}}")

    with pytest.raises(TemplateSyntaxError, match="would be lost"):
        page.render(Context({"names": ["Ann"]}))


def test_a_text_that_looks_like_a_gap_is_only_a_text():
    page = template("{% remembered %}{% live %}{{ name }}{% endlive %}.{% endremembered %}")

    assert page.render(Context({"name": "\x1e" * 3})) == "\x1e\x1e\x1e."
    assert page.render(Context({"name": "Bob"})) == "Bob."
