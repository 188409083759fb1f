import pytest

from residence_permit.evidence.names import LONGEST, safe_name


@pytest.mark.parametrize(
    ("declared", "kind", "shown"),
    [
        ("房产证.jpg", "jpeg", "房产证.jpg"),
        ("IMG_2024.JPEG", "jpeg", "IMG_2024.jpg"),
        ("../../etc/passwd", "png", "passwd.png"),
        ("C:\\Users\\王\\合同.pdf", "pdf", "合同.pdf"),
        ("..\\..\\web.config", "pdf", "web.config.pdf"),
        ("lease.pdf\0.exe", "pdf", "lease.pdf.pdf"),
        ("photo\u202egpj.exe", "jpeg", "photogpj.jpg"),
        ("a\r\nSet-Cookie: x=1.png", "png", "a Set-Cookie_ x=1.png"),
        ('"><script>alert(1)</script>.png', "png", "script.png"),
        ("zero\u200bwidth\ufeff.png", "png", "zerowidth.png"),
        ("half\ud800.png", "png", "half.png"),
        ("𠮷田.png", "png", "𠮷田.png"),
        ("virus.exe", "jpeg", "virus.jpg"),
        (".htaccess", "png", "htaccess.png"),
        ("e\u0301.png", "png", "é.png"),
        ("", "png", ""),
        ("...", "png", ""),
        ("\u202e\u0000", "png", ""),
    ],
)
def test_a_name_is_made_harmless(declared, kind, shown):
    assert safe_name(declared, kind) == shown


def test_a_very_long_name_is_cut():
    shown = safe_name("长" * 100_000 + ".pdf", "pdf")

    assert len(shown) == LONGEST
    assert shown.endswith("长.pdf")
