"""What each provider is told, and what its every ending means to the relay."""

import json
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest

from jiaxing_hukou.accounts.messages import MessageNotSent
from jiaxing_hukou.accounts.models import OutgoingMessage
from residence_permit.notifications import codes
from residence_permit.notifications.channels import email, sms
from residence_permit.notifications.channels.aliyun import AliyunSms, signed
from residence_permit.notifications.channels.base import (
    Dead,
    Message,
    PermanentFailure,
    Retry,
    Sent,
    TemporaryFailure,
    Trouble,
    Untried,
)
from residence_permit.notifications.channels.http import post

KEY = UUID("00000000-0000-4000-8000-00000000002a")


def message(**given) -> Message:
    return Message(
        **{
            "key": KEY,
            "to": "+8613812345678",
            "template": "case-accept",
            "language": "zh-hans",
            "subject": "主题",
            "text": "正文",
            "values": {"reference": "C1"},
            "provider": "aliyun",
            "tried_since": None,
        }
        | given
    )


class Cloud(ThreadingHTTPServer):
    """Answers by the action that is asked for, and keeps what it was asked."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _CloudHandler)
        self.answers, self.asked = {}, []


class _CloudHandler(BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        query = {name: value[0] for name, value in parse_qs(urlsplit(self.path).query).items()}
        action = self.headers["x-acs-action"]
        self.server.asked.append((action, query, dict(self.headers)))
        body = json.dumps(self.server.answers[action]).encode()
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def cloud():
    with Cloud() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def adapter(cloud: Cloud) -> AliyunSms:
    return AliyunSms(
        {
            "endpoint": f"http://127.0.0.1:{cloud.server_address[1]}",
            "key_id": "id",
            "key_secret": "secret",
            "sign_name": "嘉兴户籍",
            "templates": {"case-accept.zh": "SMS_1"},
        }
    )


def test_the_signature_is_that_of_the_published_example():
    headers = signed(
        host="ecs.cn-shanghai.aliyuncs.com",
        action="RunInstances",
        version="2014-05-26",
        query={
            "ImageId": "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd",
            "RegionId": "cn-shanghai",
        },
        key_id="YourAccessKeyId",
        key_secret="YourAccessKeySecret",
        at=datetime(2023, 10, 26, 10, 22, 32, tzinfo=UTC),
        nonce="3156853299f313e23d1673dc12e1703d",
    )

    assert headers["Authorization"].endswith(
        "Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"
    )


def test_a_message_to_alibaba_carries_our_key_and_the_number_without_86(cloud):
    cloud.answers["SendSms"] = {"Code": "OK", "BizId": "1^0"}

    reference = adapter(cloud).send(message())

    [(_action, query, headers)] = cloud.asked
    assert reference == str(KEY)
    assert query == {
        "PhoneNumbers": "13812345678",
        "SignName": "嘉兴户籍",
        "TemplateCode": "SMS_1",
        "TemplateParam": '{"reference": "C1"}',
        "OutId": str(KEY),
    }
    assert headers["Authorization"].startswith("ACS3-HMAC-SHA256 Credential=id,")


@pytest.mark.parametrize(("known", "sends"), [(str(KEY), 0), ("another", 1)])
def test_after_an_unclear_attempt_alibaba_is_asked_before_it_sends_again(cloud, known, sends):
    cloud.answers = {
        "SendSms": {"Code": "OK"},
        "QuerySendDetails": {
            "Code": "OK",
            "SmsSendDetailDTOs": {"SmsSendDetailDTO": [{"OutId": known}]},
        },
    }
    yesterday = datetime.now(UTC) - timedelta(days=1)

    adapter(cloud).send(message(tried_since=yesterday))

    actions = [action for action, _, _ in cloud.asked]
    assert actions.count("SendSms") == sends
    assert actions[0] == "QuerySendDetails"


@pytest.mark.parametrize(
    ("code", "trouble", "reached"),
    [
        ("isv.BUSINESS_LIMIT_CONTROL", Trouble.BUSY, False),
        ("Throttling.User", Trouble.BUSY, False),
        ("isv.AMOUNT_NOT_ENOUGH", Trouble.ACCOUNT, False),
        ("SignatureDoesNotMatch", Trouble.ACCOUNT, False),
        ("isp.SYSTEM_ERROR", Trouble.UNREACHABLE, True),
        (None, Trouble.UNREACHABLE, True),
    ],
)
def test_what_the_codes_of_alibaba_mean(cloud, code, trouble, reached):
    cloud.answers["SendSms"] = {"Code": code}

    with pytest.raises(TemporaryFailure) as failure:
        adapter(cloud).send(message())

    assert (failure.value.trouble, failure.value.reached) == (trouble, reached)


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({}, "isv.MOBILE_NUMBER_ILLEGAL"),
        ({"template": "case-submit"}, "template_not_registered"),
    ],
)
def test_what_can_never_go_out_by_alibaba(cloud, given, code):
    cloud.answers["SendSms"] = {"Code": "isv.MOBILE_NUMBER_ILLEGAL"}

    with pytest.raises(PermanentFailure, match=code):
        adapter(cloud).send(message(**given))


def _ask(simulator):
    return sms.send_by(sms.providers()["simulator"], message(provider="simulator"))


@pytest.mark.parametrize(
    ("mode", "outcome"),
    [
        ("ok", Sent("sim-1")),
        ("delay", Sent("sim-1")),
        ("twice", Sent("sim-1")),
        ("lose", Retry(Trouble.UNREACHABLE, "line_cut", reached=True)),
        ("drop", Retry(Trouble.UNREACHABLE, "line_cut", reached=True)),
        ("hang", Retry(Trouble.UNREACHABLE, "no_answer", reached=True)),
        ("error", Retry(Trouble.UNREACHABLE, "http_500", reached=True)),
        ("busy", Retry(Trouble.BUSY, "http_429", reached=False)),
        ("refuse", Dead("refused")),
    ],
)
def test_every_way_of_the_simulator_has_its_meaning(simulator, settings, mode, outcome):
    settings.NOTICES = settings.NOTICES | {"PROVIDER_TIMEOUT": 0.5}
    simulator.behave(mode, seconds=0.2 if mode == "delay" else 1)

    assert _ask(simulator) == outcome


def test_no_line_at_all_is_certainly_not_accepted():
    with pytest.raises(TemporaryFailure) as failure:
        post("http://127.0.0.1:1/send", b"{}", {}, timeout=1)

    assert (failure.value.code, failure.value.reached) == ("no_line", False)


def test_a_mistake_in_a_provider_is_no_end_of_the_relay(caplog):
    class Broken:
        name, parallel = "broken", 1

        def send(self, message):
            raise KeyError(message.to)

    outcome = sms.send_by(Broken(), message())

    assert outcome == Retry(Trouble.BROKEN, "KeyError", reached=True)
    assert "13812345678" not in caplog.text


@pytest.mark.parametrize(
    ("code", "outcome"),
    [(550, Dead("smtp_550")), (451, Retry(Trouble.BUSY, "smtp_451", reached=False))],
)
def test_smtp_says_later_or_never(code, outcome):
    assert email._refused(code) == outcome


def test_a_mail_server_that_is_not_there_is_tried_later(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1

    outcomes = email.EmailChannel().send([message(), message()], lambda: True)

    assert outcomes == [Retry(Trouble.UNREACHABLE, "smtp_unreachable", reached=False), Untried()]


@pytest.mark.django_db
def test_a_mail_that_breaks_in_us_is_tried_later(settings, caplog):
    settings.EMAIL_BACKEND = "jiaxing_hukou.accounts.messages.LocalOutbox"
    settings.DEMO_ALLOWED = False  # the local outbox then refuses to keep it

    [outcome] = email.EmailChannel().send([message(to="a@example.com")], lambda: True)

    assert outcome == Retry(Trouble.BROKEN, "MessageNotSent", reached=True)
    assert "a@example.com" not in caplog.text


@pytest.mark.django_db
def test_a_code_goes_out_at_once_and_stays_in_the_house_here():
    codes.send(to="+8613812345678", body="您的验证码是 123456，10 分钟内有效。")

    [kept] = OutgoingMessage.objects.all()
    assert (kept.to, kept.channel) == ("+8613812345678", "sms")


def test_a_code_without_a_provider_is_an_error_that_quotes_nothing(settings):
    settings.SMS_PROVIDERS = ()

    with pytest.raises(codes.CodeNotSent, match="no_provider"):
        codes.send(to="+8613812345678", body="123456")


@pytest.mark.django_db
def test_production_keeps_no_text_message(settings):
    settings.DEMO_ALLOWED = False

    with pytest.raises(MessageNotSent):
        sms.providers()["local"].send(message(provider="local"))
