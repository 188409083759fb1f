import re

import pytest
from django.middleware.csrf import CSRF_ALLOWED_CHARS, _unmask_cipher_token
from django.test import Client

from jiaxing_hukou.csrf_tokens import masked

TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]*)"')
SECRET = (CSRF_ALLOWED_CHARS * 2)[30:62]


def test_django_finds_the_secret_in_a_token():
    assert _unmask_cipher_token(masked(SECRET)) == SECRET


def test_no_two_tokens_are_alike_and_every_character_is_drawn():
    tokens = {masked(SECRET) for _ in range(500)}

    assert len(tokens) == 500
    assert set("".join(tokens)) == set(CSRF_ALLOWED_CHARS)


@pytest.mark.django_db
def test_a_form_is_taken_with_the_token_of_the_first_and_of_a_later_page():
    client = Client(enforce_csrf_checks=True)
    tokens = [TOKEN.findall(client.get("/help/").content.decode())[0] for _ in range(2)]

    codes = [
        client.post("/large-print/", {"elder": "1", "csrfmiddlewaretoken": token}).status_code
        for token in (*tokens, SECRET)
    ]

    assert codes == [302, 302, 403]
