"""What one resident has at the portal: cases in several states, files, a permit, registrations."""

from copy import copy
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from jiaxing_hukou.accounts.models import User
from residence_permit.choices import CaseKind
from residence_permit.core.workflow import Status
from residence_permit.models import (
    Notice,
    Permit,
    PermitApplication,
    Person,
    Relation,
    ReportBatch,
    ResidenceRegistration,
)
from residence_permit.references import new_reference
from residence_permit.services import sharing
from tests.residence_permit.applicants import attach
from tests.residence_permit.workbench import case_in, draft, person, registered

LIVED = timedelta(days=300)


@dataclass(frozen=True)
class Holdings:
    """Each thing is made when it is first asked for; a case is that of a child of his."""

    owner: User
    township: str
    now: datetime

    @cached_property
    def _person(self) -> Person:
        return person(self.owner)

    def _ward(self) -> Person:
        ward = person(None)
        Relation.objects.create(
            guardian=self._person, ward=ward, kind="near_relative", declared_at=self.now
        )
        return ward

    def _registered(self, who: Person, **given) -> ResidenceRegistration:
        since = (self.now - LIVED).date()
        row = registered(who, since=since, township=self.township, **given)
        row.reference = new_reference()
        row.save()
        return row

    def _case(self, status: Status) -> PermitApplication:
        """Return a case that its applicant made for his ward."""
        ward = self._ward()
        self._registered(ward)
        earlier = self.now - timedelta(hours=2)
        case = draft(CaseKind.ISSUE, who=_acting(ward, self.owner), now=earlier)
        case.reference = new_reference()
        case.save()
        attach(case, "other", actor=self.owner, now=earlier)
        return case_in(status, case=case, now=earlier)

    @cached_property
    def _draft(self) -> PermitApplication:
        return self._case(Status.DRAFT)

    @cached_property
    def draft(self) -> str:
        """A case that is not handed in."""
        return self._draft.reference

    @cached_property
    def draft_file(self) -> int:
        """A file of that draft."""
        return self._draft.evidence.get().pk

    @cached_property
    def _submitted(self) -> PermitApplication:
        return self._case(Status.SUBMITTED)

    @cached_property
    def case(self) -> str:
        """A case that was submitted."""
        return self._submitted.reference

    @cached_property
    def case_id(self) -> int:
        """The row of that case."""
        return self._submitted.pk

    @cached_property
    def case_file(self) -> int:
        """A file of that case."""
        return self._submitted.evidence.get().pk

    @cached_property
    def notice(self) -> int:
        """The message about that case."""
        return Notice.objects.filter(application=self._submitted, channel="in_app").get().pk

    @cached_property
    def _corrected(self) -> PermitApplication:
        return self._case(Status.CORRECTION_REQUESTED)

    @cached_property
    def corrected(self) -> str:
        """A case of which something is to be corrected."""
        return self._corrected.reference

    @cached_property
    def item(self) -> int:
        """What is to be corrected."""
        return self._corrected.correction_items.get().pk

    @cached_property
    def accepted(self) -> str:
        """A case that was accepted; the officer who accepted it has it no longer."""
        case = self._case(Status.ACCEPTED)
        PermitApplication.objects.filter(pk=case.pk).update(lease_until=self.now)
        return case.reference

    @cached_property
    def awaiting(self) -> str:
        """A case that awaits its decision."""
        return self._case(Status.AWAITING_DECISION).reference

    @cached_property
    def refused(self) -> str:
        """A case that was refused."""
        return self._case(Status.REFUSED).reference

    @cached_property
    def _permit(self) -> Permit:
        case = self._case(Status.ISSUED)
        return Permit.objects.get(id_hash=case.id_hash)

    @cached_property
    def permit(self) -> int:
        """A permit."""
        return self._permit.pk

    @cached_property
    def _code(self) -> sharing.Shared:
        return sharing.create_share(
            permit_id=self.permit,
            actor=self.owner,
            purpose="租房",
            shows=[sharing.NAME_IN_PART],
            days=sharing.share_days()[0],
            now=self.now,
        )

    @cached_property
    def code_row(self) -> int:
        """The row of a code that shows the permit."""
        return self._code.row.pk

    @cached_property
    def code(self) -> str:
        """That code itself."""
        return self._code.code

    @cached_property
    def ward(self) -> int:
        """Somebody for whom he acts."""
        return self._ward().pk

    @cached_property
    def me(self) -> int:
        """His own file."""
        return self._person.pk

    @cached_property
    def _active(self) -> ResidenceRegistration:
        return self._registered(self._person)

    @cached_property
    def registration(self) -> str:
        """Where he is registered."""
        return self._active.reference

    @cached_property
    def registration_id(self) -> int:
        """The row of that registration."""
        return self._active.pk

    @cached_property
    def reported(self) -> str:
        """Where an employer says that he lives."""
        row = copy(self._active)
        row.pk, row._state.adding = None, True
        row.reference, row.status, row.source = new_reference(), "reported", "employer"
        row.save()
        return row.reference

    @cached_property
    def batch(self) -> str:
        """A table of tenants that he reported."""
        row = ReportBatch.objects.create(
            reference=new_reference(),
            reporter=self.owner,
            source="landlord",
            shown_name="租客.xlsx",
            sha256=f"{self.owner.pk:064d}",
            status=ReportBatch.Status.DONE,
            created_at=self.now,
            finished_at=self.now,
        )
        return row.reference


def _acting(ward: Person, owner: User) -> Person:
    """Return the ward as ``draft`` reads him: with the account that applies for him."""
    ward.user = owner  # not saved: the file of a ward has no account
    return ward
