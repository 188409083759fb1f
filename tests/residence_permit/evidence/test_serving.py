import pytest

from residence_permit.evidence.serving import serving_headers

HOSTILE = '房\r\nSet-Cookie: a=1";产\u202e证.pdf'


@pytest.mark.parametrize("kind", ["jpeg", "png", "pdf"])
def test_a_file_is_handed_out_without_room_for_tricks(kind):
    headers = serving_headers(kind=kind, shown_name="a.pdf")

    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store, private"
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert headers["Content-Type"] in ("image/jpeg", "image/png", "application/pdf")


def test_pictures_and_downloads_are_sandboxed_and_a_pdf_can_be_opened():
    sandboxed = [
        "sandbox" in serving_headers(kind=k, shown_name="a", download=d)["Content-Security-Policy"]
        for k, d in [("jpeg", False), ("png", False), ("pdf", True), ("pdf", False)]
    ]

    assert sandboxed == [True, True, True, False]


def test_a_chinese_name_arrives_whole_and_a_hostile_one_breaks_no_header():
    headers = serving_headers(kind="pdf", shown_name=HOSTILE, download=True)

    assert headers["Content-Disposition"] == (
        "attachment; filename=evidence.pdf; filename*=UTF-8''"
        "%E6%88%BF%0D%0ASet-Cookie%3A%20a%3D1%22%3B%E4%BA%A7%E2%80%AE%E8%AF%81.pdf"
    )
    assert all(value.isascii() and value.isprintable() for value in headers.values())
