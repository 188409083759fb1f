"""What is open for somebody, and what he can do next."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from eligibility.wording import full_date
from residence_permit import selectors, selectors_case
from residence_permit.choices import CaseStatus
from residence_permit.models.application import OPEN
from residence_permit.presentation import case as words
from residence_permit.services import inbox
from residence_permit.views.case_access import page

SHOWN = 50  # cases; nobody has more, and if somebody has, the latest ones count


@page()
def my_portal(request: HttpRequest) -> HttpResponse:
    """Show open cases, drafts, what is over, messages, and where to begin."""
    persons = selectors_case.persons_of(request.user)
    cases = list(selectors.own_cases(request.user).select_related("person", "station")[:SHOWN])
    rows = [
        {
            "case": case,
            "standing": words.standing(case),
            "for_other": case.person.user_id != request.user.pk,
            "due": full_date(case.due_on) if case.due_on else "",
        }
        for case in cases
    ]
    context = {
        "has_profile": bool(persons),
        "registered": bool(persons) and selectors.registration_of(persons[0]) is not None,
        "open": [row for row in rows if row["case"].status in OPEN],
        "drafts": [row for row in rows if row["case"].status == CaseStatus.DRAFT],
        "over": [row for row in rows if row["case"].status not in (*OPEN, CaseStatus.DRAFT)],
        "unread": inbox.unread_count(user=request.user),
        "has_permit": selectors_case.open_permits(persons).exists() if persons else False,
    }
    return render(request, "residence_permit/my_portal.html", context)
