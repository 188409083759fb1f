"""The demonstration accounts: who they are, where they work, and how they sign in.

Everything here is public on purpose. Production makes none of these accounts and computes none of
their codes (``settings.DEMO_ALLOWED``).
"""

import time
from dataclasses import dataclass

from allauth.mfa import app_settings as mfa_settings
from allauth.mfa.totp.internal import auth as totp

from .roles import Role

PASSWORD = "jiaxing-demo"  # noqa: S105
# In base32, as an authenticator app takes it.
TOTP_SECRET = "JIAXINGDEMONSTRATIONCODESXXXXXXX"  # noqa: S105
OFFICE = "演示机构（Demonstration office）"
COUNTY = "330402"  # 南湖区
STATION_ONE = "330402007"  # 建设街道
STATION_TWO = "330402008"  # 解放街道
ELSEWHERE = "330483"  # 桐乡市, a county whose cases the others do not see
STATION_ELSEWHERE = "330483103"


@dataclass(frozen=True, kw_only=True)
class DemoAccount:
    """One account; a role makes it staff unless residents have that role too."""

    name: str
    role: Role | None
    station: str = ""  # the code of an office
    phone: str = ""
    superuser: bool = False

    @property
    def is_staff(self) -> bool:
        """Whether the account works at an office."""
        return self.role not in (Role.RESIDENT, Role.REPORTER)


ACCOUNTS = (
    DemoAccount(name="demo-author", role=Role.RULE_AUTHOR),
    DemoAccount(name="demo-approver", role=Role.RULE_APPROVER),
    DemoAccount(name="demo-officer", role=Role.OFFICER, station=STATION_ONE),
    DemoAccount(name="demo-officer-2", role=Role.OFFICER, station=STATION_ONE),
    DemoAccount(name="demo-officer-3", role=Role.OFFICER, station=STATION_TWO),
    DemoAccount(name="demo-officer-4", role=Role.OFFICER, station=STATION_TWO),
    DemoAccount(name="demo-officer-elsewhere", role=Role.OFFICER, station=STATION_ELSEWHERE),
    DemoAccount(name="demo-supervisor", role=Role.SUPERVISOR, station=COUNTY),
    DemoAccount(name="demo-supervisor-2", role=Role.SUPERVISOR, station=COUNTY),
    DemoAccount(name="demo-operator", role=Role.OPERATOR),
    DemoAccount(name="demo-auditor", role=Role.AUDITOR),
    DemoAccount(name="demo-admin", role=None, superuser=True),
    DemoAccount(name="demo-resident", role=Role.RESIDENT, phone="+8619900000001"),
    DemoAccount(name="demo-resident-2", role=Role.RESIDENT, phone="+8619900000002"),
    DemoAccount(name="demo-resident-3", role=Role.RESIDENT, phone="+8619900000003"),
    DemoAccount(name="demo-reporter", role=Role.REPORTER, phone="+8619900000009"),
)


def current_code(secret: str = TOTP_SECRET, at: float | None = None) -> str:
    """Return the code that an authenticator app with the secret shows now."""
    moment = time.time() if at is None else at
    counter = int(moment) // mfa_settings.TOTP_PERIOD
    return totp.format_hotp_value(totp.hotp_value(secret, counter))
