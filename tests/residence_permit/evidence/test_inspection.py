"""What is taken in, what is refused, and that neither can hurt the process that asks."""

import hashlib
import io
import os
import resource
import subprocess
import sys
import threading
import time

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from residence_permit.evidence.errors import EvidenceRefused
from residence_permit.evidence.inspection import ROOT, take_in
from residence_permit.evidence.limits import Limits

from .files import (
    archive,
    encoded,
    office_document,
    phone_photo,
    picture,
    refusal,
    scanned_pdf,
    screenshot,
    taken,
    text_pdf,
)

HEIC = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(200)


def test_a_phone_photo_a_screenshot_and_a_scan_are_taken_in():
    photo = taken(phone_photo(), "房产证.JPEG")
    shot = taken(screenshot(), "Screenshot.png")
    scan = taken(scanned_pdf(10), "合同.pdf")

    assert (photo.kind, photo.pages, photo.shown_name) == ("jpeg", 1, "房产证.jpg")
    assert (shot.kind, shot.width, shot.height) == ("png", 1080, 2400)
    assert (scan.kind, scan.pages, scan.width, scan.shown_name) == ("pdf", 10, None, "合同.pdf")


def test_the_hash_is_of_what_was_sent_and_the_size_of_what_is_kept():
    sent = phone_photo()

    file = take_in(SimpleUploadedFile("a.jpg", sent, "text/html"), declared_name="a.jpg")

    assert file.sha256 == hashlib.sha256(sent).hexdigest()
    assert file.size == len(file.content)
    assert file.content != sent


def test_the_content_decides_and_not_the_name():
    assert taken(phone_photo(), "evil.php").shown_name == "evil.jpg"
    assert taken(text_pdf(), "photo.png").kind == "pdf"


def test_a_file_without_a_usable_name_gets_one():
    assert taken(phone_photo(), "\u202e\0").shown_name == "未命名文件.jpg"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (HEIC, "heic"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "picture"),
        (b"<?xml version='1.0'?><!-- x -->\n<svg><script>alert(1)</script></svg>", "picture"),
        (b"<!DOCTYPE html><html><script>alert(1)</script></html>", "web_page"),
        (b"\xef\xbb\xbf  <html>%PDF-1.7", "web_page"),
        (b"GIF89a" + bytes(100), "picture"),
        (b"GIF89a" + bytes(100) + archive(), "picture"),  # a GIFAR
        (archive(), "archive"),
        (office_document(), "office"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "office"),
        (b"MZ" + bytes(200), "other_kind"),
        (b"<?php system($_GET['c']); ?>", "other_kind"),
        (b"<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>", "other_kind"),
        ("只是一段文字".encode(), "other_kind"),
        (bytes(5000), "other_kind"),
    ],
)
def test_what_is_no_photo_and_no_pdf_is_refused_by_what_it_is(content, code):
    for name in ("photo.jpg", "scan.pdf"):
        assert refusal(content, name) == code


class Endless:
    """An upload that never ends, and counts what was read of it."""

    def __init__(self):
        self.read_bytes = 0

    def read(self, size):
        self.read_bytes += size
        return b"\xff\xd8\xff" + bytes(size - 3)


def test_a_file_that_is_too_large_is_refused_while_it_is_read():
    upload = Endless()

    with pytest.raises(EvidenceRefused) as refused:
        take_in(upload, declared_name="a.jpg", limits=Limits(max_bytes=1_000_000))

    assert (refused.value.code, refused.value.params) == ("too_large", {"limit": 1_000_000})
    assert upload.read_bytes == 1_000_001


def test_a_file_of_just_the_limit_is_taken_in():
    sent = phone_photo()

    assert taken(sent, limits=Limits(max_bytes=len(sent))).kind == "jpeg"
    assert refusal(sent, limits=Limits(max_bytes=len(sent) - 1)) == "too_large"


@pytest.mark.parametrize(
    "limits",
    [
        Limits(memory_bytes=250 * 1024 * 1024),
        Limits(cpu_seconds=1, kept_pixels=50_000_000),
        Limits(wall_seconds=1, kept_pixels=50_000_000),
    ],
)
def test_a_file_that_costs_too_much_ends_its_own_process_only(limits):
    heavy = encoded(Image.new("RGBA", (7000, 7000)), "PNG", compress_level=1)
    begun = time.monotonic()

    assert refusal(heavy, limits=limits) == "too_complex"
    assert time.monotonic() - begun < 10
    assert taken(phone_photo()).kind == "jpeg"


def test_a_machine_that_cannot_start_the_process_says_try_later():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    sent = phone_photo()
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, hard))
    try:
        code = refusal(sent)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

    assert code == "not_now"
    assert taken(sent).kind == "jpeg"


def test_a_flood_of_uploads_is_cleaned_two_at_a_time():
    results = []
    threads = [
        threading.Thread(target=lambda: results.append(taken(phone_photo()).kind)) for _ in range(8)
    ]

    for thread in threads:
        thread.start()
    most = 0
    while any(thread.is_alive() for thread in threads):
        most = max(most, len(_children()))
        time.sleep(0.01)

    assert results == ["jpeg"] * 8
    assert 1 <= most <= 2


def _children():
    """Return the processes of ours that clean a file now."""
    listed = subprocess.run(
        ["ps", "--ppid", str(os.getpid()), "-o", "args="], capture_output=True, text=True
    )
    return [line for line in listed.stdout.splitlines() if "evidence.workshop" in line]


def test_the_process_is_given_none_of_our_secrets_and_loads_no_django():
    told = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys, residence_permit.evidence.workshop; print('django' in sys.modules)",
        ],
        cwd=ROOT,
        env={},
        capture_output=True,
        text=True,
        check=True,
    )

    assert told.stdout == "False\n"


def test_nothing_of_the_file_is_left_on_the_disk(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))

    taken(phone_photo())

    assert list(tmp_path.iterdir()) == []


def test_a_refusal_quotes_neither_the_name_nor_the_content(caplog):
    for content in (b"330402199001011234", phone_photo()[:-2000], text_pdf("330402")[:-99]):
        with pytest.raises(EvidenceRefused) as refused:
            take_in(io.BytesIO(content), declared_name="王小明330402.pdf")

        assert "330402" not in f"{refused.value} {refused.value.params} {caplog.text}"


def test_pictures_of_any_mode_are_taken_in():
    modes = {m: encoded(picture((30, 20), m), "PNG") for m in ("1", "L", "P", "RGB", "RGBA", "LA")}
    modes["I;16"] = encoded(Image.new("I;16", (30, 20), 65535), "PNG")
    cmyk = encoded(picture((30, 20), "CMYK"), "JPEG")

    assert {taken(content).kind for content in modes.values()} == {"png"}
    assert taken(cmyk).kind == "jpeg"
