import pytest
from django.test import RequestFactory

from jiaxing_hukou.rate_limits import TooManyRequests, client_address, count_request


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, "203.0.113.9", "192.0.2.1"),  # without proxies the header is invented
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "198.51.100.7, 203.0.113.9", "203.0.113.9"),  # the first is the client's
        (2, "198.51.100.7, 203.0.113.9", "198.51.100.7"),
        (2, "203.0.113.9", "203.0.113.9"),  # came in past the outer proxy
        (1, "", "192.0.2.1"),
        (1, "nonsense", "0.0.0.0"),
    ],
)
def test_the_address_is_the_one_our_proxy_saw(settings, proxies, forwarded, address):
    settings.PROXY_COUNT = proxies
    request = RequestFactory().get(
        "/", REMOTE_ADDR="192.0.2.1", headers={"X-Forwarded-For": forwarded}
    )

    assert client_address(request) == address


@pytest.mark.django_db
def test_each_client_and_each_rate_is_counted_apart(settings):
    settings.RATES = {"pages": "1/h", "api": "1/h"}
    one, other = (RequestFactory().get("/", REMOTE_ADDR=f"192.0.2.{n}") for n in (1, 2))

    count_request(one, "pages")
    count_request(one, "api")
    count_request(other, "pages")

    with pytest.raises(TooManyRequests):
        count_request(one, "pages")
