import pytest


@pytest.mark.django_db(transaction=True)
def test_an_error_page_looks_like_the_portal_and_keeps_the_policy(live_server, page):
    complaints = []
    page.on("console", lambda line: complaints.append(line.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))

    response = page.goto(f"{live_server.url}/nowhere")

    assert response.status == 404
    assert page.locator("h1").inner_text()
    family = page.evaluate("getComputedStyle(document.body).fontFamily")
    assert "Noto Sans SC" in family
    # The browser itself reports the page's own status; all else is a complaint.
    assert [text for text in complaints if "404" not in text] == []
