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


def request_from(address):
    return RequestFactory().get("/", REMOTE_ADDR=address)


@pytest.mark.django_db
@pytest.mark.parametrize(("rate", "seconds"), [("2/m", 60), ("2/10s", 10), ("2/h", 3600)])
def test_who_waits_as_long_as_told_may_ask_again(settings, time_machine, rate, seconds):
    settings.RATES = {"pages": rate}
    time_machine.move_to(1_800_000_000, tick=False)
    for _ in range(2):
        count_request(request_from("192.0.2.1"), "pages")

    with pytest.raises(TooManyRequests) as refused:
        count_request(request_from("192.0.2.1"), "pages")

    wait = refused.value.retry_after
    assert 1 <= wait <= seconds
    time_machine.shift(wait)
    count_request(request_from("192.0.2.1"), "pages")


@pytest.mark.django_db
def test_a_network_of_the_sixth_version_is_one_client(settings):
    settings.RATES = {"pages": "1/h"}
    count_request(request_from("2001:db8:1:2::1"), "pages")
    count_request(request_from("2001:db8:1:3::1"), "pages")

    with pytest.raises(TooManyRequests):
        count_request(request_from("2001:db8:1:2:ffff::9"), "pages")


@pytest.mark.django_db
def test_each_client_and_each_rate_is_counted_apart(settings):
    settings.RATES = {"pages": "1/h", "api": "1/h"}
    one, other = (RequestFactory().get("/", REMOTE_ADDR=f"192.0.2.{n}") for n in (1, 2))

    count_request(one, "pages")
    count_request(one, "api")
    count_request(other, "pages")

    with pytest.raises(TooManyRequests):
        count_request(one, "pages")
