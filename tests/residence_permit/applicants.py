"""Applicants and their drafts, complete and unremarkable, as the services make them."""

import io

from django.conf import settings

from residence_permit.choices import CaseKind
from residence_permit.core import steps
from residence_permit.core.workflow import Kind
from residence_permit.legal_files import read_provisions
from residence_permit.models import PermitApplication, Person, Relation
from residence_permit.services import applications, evidence, provisions
from residence_permit.services.applications import stamp
from residence_permit.services.assessment import assess
from tests.residence_permit.evidence.files import encoded, picture
from tests.residence_permit.workbench import NOW, account, office, person, registered

ANSWERS = {
    "who": {"data_are_right": True},
    "ground": {"ground": "employment:contract", "note": "嘉兴某某纺织有限公司"},
    "change": {"changed": "address", "changed_on": "2026-11-20", "registration_is_right": True},
    "card": {"damage": "卡面折断，看不清。", "hands_back": True},
    "loss": {"lost_on": "2026-11-01", "how": "在公交车上丢失。"},
    "end": {"why": "moved_away", "knows_it_ends": True},
}


def load_law(now=NOW):
    """Load the permit's conditions; without them nothing is judged."""
    return provisions.load(held=read_provisions(settings.BASE_DIR / "fixtures"), now=now)


def resident(**given) -> Person:
    """Return a person with an account, a profile and a residence registration."""
    who = person(account(), **given)
    office()
    registered(who)
    return who


def ward_of(guardian: Person, kind="guardian", **given) -> Person:
    """Return a person without an account for whom somebody acts, registered as well."""
    ward = person(None, **given)
    Relation.objects.create(guardian=guardian, ward=ward, kind=kind, declared_at=NOW)
    registered(ward)
    return ward


def photo(shade: int = 0) -> bytes:
    """Return a small picture; another shade is another file."""
    image = picture((120, 90))
    image.putpixel((60, 60), (0, shade, 0))
    return encoded(image, "PNG")


def attach(case, requirement, *, content=None, name="photo.png", actor=None, now=NOW):
    """Attach a file as the pages do."""
    return evidence.attach(
        application_id=case.pk,
        requirement=requirement,
        stream=io.BytesIO(photo() if content is None else content),
        declared_name=name,
        actor=actor or case.applicant,
        now=now,
    )


def save(case, step, answers, *, seen=None, now=NOW, actor=None):
    """Save a step as a page that was just opened does."""
    case.refresh_from_db()
    return applications.save_step(
        application_id=case.pk,
        step=step,
        answers=answers,
        seen=stamp(case, step) if seen is None else seen,
        actor=actor or case.applicant,
        now=now,
    )


def begin(who: Person, kind=CaseKind.ISSUE, *, actor=None, now=NOW) -> PermitApplication:
    """Start a draft."""
    return applications.start_draft(actor=actor or who.user, kind=kind, person=who, now=now)


def complete(who: Person | None = None, kind=CaseKind.ISSUE, *, now=NOW, actor=None):
    """Return a draft that can be submitted: every step answered, every paper there."""
    case = begin(who or resident(), kind, actor=actor, now=now)
    for step in steps.STEPS[Kind(kind)]:
        save(case, step.name, ANSWERS[step.name], now=now)
    case.refresh_from_db()
    for number, needed in enumerate(assess(case=case, now=now).needed):
        if needed.required:
            attach(case, needed.code, content=photo(number), now=now)
    return case


def submit(case, *, now=NOW, actor=None) -> PermitApplication:
    """Hand a draft in."""
    return applications.submit_application(
        application_id=case.pk, actor=actor or case.applicant, now=now
    )
