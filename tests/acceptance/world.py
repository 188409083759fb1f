"""One of everybody, and one of everything that an address can name, his and somebody else's."""

import json
from datetime import date, datetime, timedelta
from functools import cached_property

from axes.models import AccessAttempt
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from django_celery_results.models import GroupResult, TaskResult

from eligibility.answers import check_answer
from eligibility.models import Rule, RuleVersion
from eligibility.services import checks, questionnaires
from jiaxing_hukou.accounts.models import Station, User
from jiaxing_hukou.accounts.roles import Role
from jiaxing_hukou.audit.services import record, seal_days
from residence_permit import references
from residence_permit.models import CalendarDay, CalendarYear, OfficeSetting, StaffRelative
from tests.acceptance.holdings import Holdings
from tests.accounts import sign_in_staff
from tests.eligibility import workbench as law
from tests.residence_permit.workbench import account, office, staff

ELSEWHERE = "330483103"  # in another county
VISITORS = ("anonymous", "disabled")
AT_OFFICES = {
    "officer_here": Role.OFFICER,
    "officer_elsewhere": Role.OFFICER,
    "supervisor": Role.SUPERVISOR,
    "rule_author": Role.RULE_AUTHOR,
    "rule_approver": Role.RULE_APPROVER,
    "points_officer": Role.POINTS_OFFICER,
    "round_manager": Role.ROUND_MANAGER,
    "auditor": Role.AUDITOR,
    "operator": Role.OPERATOR,
    "without_second_factor": Role.OFFICER,
}
RESIDENTS = ("resident", "other_resident", "reporter")
ROLES = (*VISITORS, *RESIDENTS, *AT_OFFICES, "administrator")


class World:
    """People by role, and objects by name; each is made when it is first asked for."""

    def __init__(self) -> None:
        """Make the people; the law of the tests is one rule."""
        self.now = timezone.now()
        self._look_at_a_file(self.now - timedelta(days=1))  # so that a day can be sealed
        call_command("load_divisions", stdout=_Silent())
        self.here, self.elsewhere = office(), office(ELSEWHERE)
        self.people: dict[str, User | None] = {"anonymous": None, "disabled": account()}
        self.people |= {role: account() for role in RESIDENTS}
        self.people["reporter"].groups.add(_group(Role.REPORTER))
        offices: dict[str, Station] = {"officer_elsewhere": self.elsewhere}
        offices["supervisor"] = self.here.parent
        for name, role in AT_OFFICES.items():
            self.people[name] = staff(role, at=offices.get(name, self.here))
        self.people["administrator"] = staff()
        User.objects.filter(pk=self.people["administrator"].pk).update(is_superuser=True)
        for user in filter(None, self.people.values()):
            user.refresh_from_db()

    def client(self, role: str) -> Client:
        """Return a browser in which somebody of this role is signed in."""
        client, user = Client(raise_request_exception=False), self.people[role]
        if user is None:
            return client
        if user.is_staff and role != "without_second_factor":
            return sign_in_staff(client, user)
        client.force_login(user)
        if role == "disabled":
            User.objects.filter(pk=user.pk).update(is_active=False)
        return client

    def value(self, name: str) -> object:
        """Return what is put into an address under this name; a name of nothing is itself."""
        whose, _, what = name.rpartition(".")
        maker = getattr(self, whose) if whose else self
        made = getattr(type(maker), what, None)
        return getattr(maker, what) if isinstance(made, cached_property) else name

    @cached_property
    def own(self) -> Holdings:
        """What the resident has; his office is the one here."""
        return Holdings(self.people["resident"], self.here.code, self.now)

    @cached_property
    def foreign(self) -> Holdings:
        """What the other resident has, at the office elsewhere."""
        return Holdings(self.people["other_resident"], self.elsewhere.code, self.now)

    @cached_property
    def reporting(self) -> Holdings:
        """What the reporter has."""
        return Holdings(self.people["reporter"], self.here.code, self.now)

    @cached_property
    def missing(self) -> str:
        """A well-formed number that nothing has."""
        return references.new_reference()

    # Accounts, offices, the log

    def _look_at_a_file(self, now: datetime) -> int:
        row = record(actor_id=1, act="view_case", subject="case:1", purpose="review", now=now)
        return row.number

    @cached_property
    def user(self) -> int:
        """An account."""
        return self.people["other_resident"].pk

    @cached_property
    def station(self) -> int:
        """An office."""
        return self.elsewhere.pk

    @cached_property
    def group(self) -> int:
        """A group."""
        return _group(Role.OFFICER).pk

    @cached_property
    def entry(self) -> int:
        """A line of the audit log."""
        return self._look_at_a_file(self.now)

    @cached_property
    def seal(self) -> str:
        """A sealed day of the audit log."""
        return str(seal_days(now=self.now)[0].day)

    @cached_property
    def attempt(self) -> int:
        """A sign-in that failed."""
        return AccessAttempt.objects.create(username="user:1", failures_since_start=1).pk

    @cached_property
    def task_result(self) -> int:
        """What a task returned."""
        return TaskResult.objects.create(task_id="1").pk

    @cached_property
    def group_result(self) -> int:
        """What a group of tasks returned."""
        return GroupResult.objects.create(group_id="1").pk

    # What offices set

    @cached_property
    def year(self) -> int:
        """A year of the calendar."""
        return CalendarYear.objects.get_or_create(year=2031, source="test")[0].pk

    @cached_property
    def day_off(self) -> str:
        """A day off."""
        row = CalendarDay.objects.create(
            day=date(self.year, 1, 1), year_id=self.year, kind="off", name="元旦"
        )
        return str(row.pk)

    @cached_property
    def setting(self) -> int:
        """A limit that the office here has set."""
        return self._setting(self.here)

    @cached_property
    def foreign_setting(self) -> int:
        """A limit that the office elsewhere has set."""
        return self._setting(self.elsewhere)

    def _setting(self, station: Station) -> int:
        code = OfficeSetting.Code.ENDORSE_DAYS
        return OfficeSetting.objects.create(station=station, code=code, value=5).pk

    @cached_property
    def relative(self) -> int:
        """A relative whom the officer here has declared."""
        return self._relative("officer_here")

    @cached_property
    def foreign_relative(self) -> int:
        """A relative whom the officer elsewhere has declared."""
        return self._relative("officer_elsewhere")

    def _relative(self, role: str) -> int:
        user = self.people[role]
        row = StaffRelative.objects.create(
            staff=user, id_hash=f"{user.pk:064d}", declared_at=self.now
        )
        return row.pk

    # The law and the check

    @cached_property
    def _published(self) -> RuleVersion:
        return law.published(law.trial())

    @cached_property
    def rule_version(self) -> int:
        """A published version of a rule."""
        return self._published.pk

    @cached_property
    def rule(self) -> int:
        """A rule."""
        return self._published.rule_id

    @cached_property
    def rule_code(self) -> str:
        """The code of a rule."""
        return Rule.objects.get(pk=self.rule).code

    @cached_property
    def version_name(self) -> str:
        """The name of a published version."""
        return self._published.version

    @cached_property
    def legal_document(self) -> int:
        """A legal document."""
        return self._published.document_id

    @cached_property
    def document_slug(self) -> str:
        """The name of a legal document."""
        return self._published.document.slug

    @cached_property
    def rule_draft(self) -> int:
        """A draft of the rule author's."""
        self._published  # noqa: B018  the first version
        row = law.drafted(law.trial("2", "2030-01-01"))
        RuleVersion.objects.filter(pk=row.pk).update(author=self.people["rule_author"])
        return row.pk

    @cached_property
    def example(self) -> int:
        """A worked example of the draft."""
        row = law.proved(RuleVersion.objects.get(pk=self.rule_draft))
        return row.examples.first().pk

    @cached_property
    def township(self) -> str:
        """A township, as the admin knows it."""
        return self.here.code

    @cached_property
    def _receipt(self) -> tuple[int, str]:
        self._published  # noqa: B018  something to be answered by
        body = {"facts": {"target_township": "330421001", "housing": "owned"}}
        check = checks.check_body(body, self.now.date())
        kept = checks.keep_receipt(
            check, json.dumps(check_answer(check)), language="en", now=timezone.now()
        )
        return kept.receipt.pk, kept.reference

    @cached_property
    def receipt(self) -> int:
        """A kept answer, by its row."""
        return self._receipt[0]

    @cached_property
    def receipt_reference(self) -> str:
        """A kept answer, by what its holder has in hand."""
        return self._receipt[1]

    @cached_property
    def questionnaire(self) -> str:
        """The secret link of a check that was begun."""
        self._published  # noqa: B018
        token = questionnaires.begin(as_of=None, now=timezone.now())
        questionnaires.answer(
            token,
            question="target_county",
            value="330421",
            now=timezone.now(),
            today=self.now.date(),
        )
        return token


class _Silent:
    def write(self, text: str) -> None:
        """Say nothing."""


def _group(role: Role):
    return Group.objects.get(name=role.value)
