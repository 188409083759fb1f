"""The rows of residence registration and the residence permit, one file per thing.

What may never change (events, ledgers, reports that were read) is guarded by triggers on both
databases; see the migrations.
"""

from .application import CaseEvent, CorrectionItem, PermitApplication
from .evidence import Evidence
from .notice import DeliveryReceipt, Notice, NoticePreference
from .office import CalendarDay, CalendarYear, OfficeSetting
from .permit import Permit, PermitEvent, ShareCheck, ShareCode
from .person import Person, Relation, StaffRelative
from .provision import Provision
from .registration import RegistrationEvent, ResidenceRegistration
from .report import ReportBatch, ReportRow

__all__ = [
    "CalendarDay",
    "CalendarYear",
    "CaseEvent",
    "CorrectionItem",
    "DeliveryReceipt",
    "Evidence",
    "Notice",
    "NoticePreference",
    "OfficeSetting",
    "Permit",
    "PermitApplication",
    "PermitEvent",
    "Person",
    "Provision",
    "RegistrationEvent",
    "Relation",
    "ReportBatch",
    "ReportRow",
    "ResidenceRegistration",
    "ShareCheck",
    "ShareCode",
    "StaffRelative",
]
