"""What a reader with other eyes or hands would stumble over on a page."""

from axe_playwright_python.sync_playwright import Axe

SIDEWAYS = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


def faults(page, *, sideways: bool = True) -> list[tuple[str, object]]:
    """Return what axe finds on ``page``, and whether it scrolls sideways.

    A click returns as soon as the next page has begun; it is looked at once it is whole.
    """
    page.wait_for_load_state("load")
    found: list[tuple[str, object]] = [
        (violation["id"], [node["html"][:150] for node in violation["nodes"]])
        for violation in Axe().run(page).response["violations"]
    ]
    if sideways and page.evaluate(SIDEWAYS):
        found.append(("scrolls sideways", page.url))
    return found
