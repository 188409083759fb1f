"""Signing in through an OpenID Connect provider; here a small one that runs beside the test."""

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.mfa.models import Authenticator

from jiaxing_hukou.accounts.models import User
from tests.accounts import give_second_factor, next_code
from tests.services.portal import environment, run

pytestmark = pytest.mark.django_db

LOGIN = "/accounts/oidc/oidc/login/"
OIDC = {
    "DJANGO_SETTINGS_MODULE": "jiaxing_hukou.settings.dev",
    "JIAXING_OIDC_ISSUER": "https://id.example",
    "JIAXING_OIDC_CLIENT_ID": "portal",
    "JIAXING_OIDC_CLIENT_SECRET": "secret",
}


class Provider(BaseHTTPRequestHandler):
    """Tells whoever asks that the person is ``person``."""

    person = {"sub": "person-1"}

    def do_GET(self):
        root = f"http://{self.headers['Host']}"
        if self.path.startswith("/.well-known/"):
            self.answer(
                {
                    "issuer": root,
                    "authorization_endpoint": f"{root}/authorize",
                    "token_endpoint": f"{root}/token",
                    "userinfo_endpoint": f"{root}/userinfo",
                    "token_endpoint_auth_methods_supported": ["client_secret_post"],
                }
            )
        else:
            self.answer(self.person)

    def do_POST(self):
        asked = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        assert asked["code_verifier"]
        self.answer({"access_token": "token", "token_type": "Bearer"})

    def answer(self, body):
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, *args):
        """Say nothing."""


@pytest.fixture
def provider(settings):
    server = HTTPServer(("127.0.0.1", 0), Provider)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    settings.SOCIALACCOUNT_PROVIDERS = {
        "openid_connect": {
            "APPS": [
                {
                    "provider_id": "oidc",
                    "name": "统一身份认证",
                    "client_id": "portal",
                    "secret": "secret",
                    "settings": {"server_url": f"http://127.0.0.1:{server.server_port}"},
                }
            ],
            "OAUTH_PKCE_ENABLED": True,
        }
    }
    yield Provider
    Provider.person = {"sub": "person-1"}
    server.shutdown()
    thread.join()
    server.server_close()


def come_back(client):
    """Begin at the portal and come back from the provider."""
    begun = client.post(LOGIN)
    asked = parse_qs(urlsplit(begun.headers["Location"]).query)
    return client.get(f"{LOGIN}callback/", {"code": "c", "state": asked["state"][0]}, follow=True)


def test_without_settings_no_such_sign_in_is_offered(client):
    page = client.get("/accounts/login/").content.decode()

    assert "oidc" not in page
    assert client.post(LOGIN).status_code == 404


def test_with_settings_it_is_a_button_that_leads_there(client, provider):
    page = client.get("/accounts/login/").content.decode()
    begun = client.post(LOGIN)

    asked = parse_qs(urlsplit(begun.headers["Location"]).query)
    assert "用统一身份认证登录" in page
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["redirect_uri"] == [f"http://testserver{LOGIN}callback/"]
    assert client.get(LOGIN).status_code == 200  # a link alone signs nobody in


def test_a_person_known_there_gets_an_account_and_comes_back_to_it(client, provider):
    first = come_back(client)
    if "/3rdparty/signup/" in first.request["PATH_INFO"]:
        client.post("/accounts/3rdparty/signup/", {"email": "li@example.com"})

    assert User.objects.count() == 1
    assert not User.objects.get().is_staff
    assert not User.objects.get().has_usable_password()


def test_an_address_given_there_opens_no_account_that_has_it_here(client, provider):
    held = User.objects.create_user("r-1", password="x", email="li@example.com")
    provider.person = {"sub": "person-2", "email": "li@example.com", "email_verified": True}

    come_back(client)

    assert client.get("/accounts/").status_code == 302
    held.refresh_from_db()
    assert not held.socialaccount_set.exists()


def test_staff_need_their_code_all_the_same(client, provider):
    officer = User.objects.create_user("officer", is_staff=True)
    officer.socialaccount_set.create(provider="oidc", uid="person-1")
    give_second_factor(officer)

    response = come_back(client)

    assert response.request["PATH_INFO"] == "/accounts/2fa/authenticate/"
    assert client.get("/admin/").status_code == 302
    client.post("/accounts/2fa/authenticate/", {"code": next_code(officer)})
    assert client.get("/admin/").status_code == 200
    assert Authenticator.objects.count() == 1


@pytest.mark.parametrize(
    "query", [{"state": "forged", "code": "c"}, {"code": "c"}, {"error": "access_denied"}, {}]
)
def test_a_callback_that_nobody_asked_for_signs_nobody_in(client, provider, query):
    response = client.get(f"{LOGIN}callback/", query)

    assert response.status_code in (200, 302, 401)
    assert client.get("/accounts/").status_code == 302


def test_a_provider_that_is_away_is_a_page_and_no_failure(client, provider, settings):
    apps = settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"]
    apps[0]["settings"]["server_url"] = "http://127.0.0.1:1"

    response = client.post(LOGIN, follow=True)

    assert response.status_code < 500
    assert "手机号" in response.content.decode()


def test_half_of_the_settings_stop_the_start(tmp_path):
    settings = environment(tmp_path, **OIDC | {"JIAXING_OIDC_CLIENT_SECRET": ""})

    result = run("manage.py", "check", env=settings)

    assert result.returncode != 0
    assert "JIAXING_OIDC_CLIENT_SECRET" in result.stderr


def test_the_browser_may_follow_the_form_to_the_provider(tmp_path):
    settings = environment(tmp_path, **OIDC)

    result = run(
        "manage.py",
        "shell",
        "--verbosity=0",
        "--command=from django.conf import settings;"
        "print(settings.CONTENT_SECURITY_POLICY['DIRECTIVES']['form-action'])",
        env=settings,
    )

    assert "https://id.example" in result.stdout
