"""Reports in words: why a file is not read, what became of each line, how to fill it in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from eligibility import wording
from residence_permit.models import ReportBatch, ReportRow, ResidenceRegistration
from residence_permit.presentation import cells
from residence_permit.reports.columns import BY_NAME, COLUMNS, RESULT_COLUMNS
from residence_permit.reports.limits import MAX_ROWS

Source = ResidenceRegistration.Source
Result = ReportRow.Result
SOURCES: Mapping[str, Any] = {
    Source.EMPLOYER: _l("Employer (用人单位)"),
    Source.LANDLORD: _l("Landlord (房屋出租人)"),
    Source.PROPERTY_MANAGER: _l("Property manager (物业服务单位)"),
    Source.AGENT: _l("Agent for homes or jobs (中介机构)"),
}
# Who reports what, and by which article of 浙江省流动人口居住登记条例.
DUTIES: Mapping[str, Any] = {
    Source.EMPLOYER: _l("Employees, when employment begins and when it ends (第八条)."),
    Source.LANDLORD: _l("Tenants, when the tenancy begins and when it ends (第九条)."),
    Source.PROPERTY_MANAGER: _l(
        "Tenants of whom landlords tell you or of whom you learn (第十条)."
    ),
    Source.AGENT: _l(
        "Landlords and tenants, or employers and employees, whom you bring together (第十一条)."
    ),
}
FILE_REFUSALS: Mapping[str, Any] = {
    "missing": _l("Choose a file first: the template filled in, as .xlsx or .csv."),
    "empty": _l("The file is empty. Choose it again."),
    "too_large": _l("The file is larger than %(megabytes)s MB. Split it into several files."),
    "old_excel": _l(
        "This is an old Excel file (.xls), or one with a password. Save it as .xlsx without a "
        "password, then upload it again."
    ),
    "not_a_table": _l("This is no table. Fill in the template and save it as .xlsx or .csv."),
    "damaged": _l("The file is damaged and cannot be read. Open it, save it anew, send it again."),
    "bomb": _l(
        "The file unpacks to far more than a report needs. Copy the lines into an empty template."
    ),
    "macros": _l("The file has macros (程序). Save it as a workbook without macros (.xlsx)."),
    "entities": _l(
        "The file has parts that no spreadsheet writes. Copy the lines into an empty template."
    ),
    "encoding": _l(
        "The characters of the file cannot be read. Save it as “CSV UTF-8”, or as .xlsx."
    ),
    "too_many_rows": _l("There are more than %(rows)s lines. Split them into several files."),
    "too_tall": _l(
        "The sheet has lines far down, after many empty ones. Delete everything under the last "
        "line, or copy the lines into an empty template."
    ),
    "too_wide": _l("There are more than %(columns)s columns. Use the columns of the template."),
    "no_rows": _l("There is no line under the head. Fill in at least one."),
}
STATES: Mapping[str, Any] = {
    ReportBatch.Status.QUEUED: _l("Waiting to be read"),
    ReportBatch.Status.RUNNING: _l("Being read"),
    ReportBatch.Status.DONE: _l("Done"),
    ReportBatch.Status.FAILED: _l("Stopped"),
}
TONES: Mapping[str, str] = {
    ReportBatch.Status.QUEUED: "unknown",
    ReportBatch.Status.RUNNING: "info",
    ReportBatch.Status.DONE: "success",
    ReportBatch.Status.FAILED: "error",
}
RESULTS: Mapping[str, Any] = {
    Result.WAITING: _l("Waiting"),
    Result.REPORTED: _l("Taken, the person is asked"),
    Result.ENDED: _l("End recorded"),
    Result.KNOWN: _l("Already reported"),
    Result.REFUSED: _l("To be corrected"),
}
RESULT_TONES: Mapping[str, tuple[str, str]] = {  # class and icon
    Result.WAITING: ("unknown", "clock"),
    Result.REPORTED: ("success", "check"),
    Result.ENDED: ("success", "check"),
    Result.KNOWN: ("info", "info"),
    Result.REFUSED: ("error", "warning"),
}
# In the order in which the page counts them: what is to be done first.
ORDER = (Result.REFUSED, Result.REPORTED, Result.ENDED, Result.KNOWN, Result.WAITING)


@dataclass(frozen=True)
class RowWords:
    """One line of a file: its number, what became of it, and what is to be said of each cell."""

    number: int
    result: str
    tone: str
    icon: str
    notes: tuple[tuple[str, str], ...]  # column, or nothing; sentence


def row_words(row: ReportRow) -> RowWords:
    """Return a line in words."""
    tone, icon = RESULT_TONES[row.result]
    return RowWords(
        number=row.number,
        result=str(RESULTS[row.result]),
        tone=tone,
        icon=icon,
        notes=tuple(_note(row, error) for error in row.errors),
    )


def _note(row: ReportRow, error: Mapping[str, Any]) -> tuple[str, str]:
    said = cells.text(error["field"], error["code"], error.get("params"))
    if error.get("params", {}).get("certain") is False:
        said += " " + _("The day can still change: the holidays of the year are not all known.")
    column = column_name(error["field"]) if row.result == Result.REFUSED else ""
    return column, said


def column_name(name: str) -> str:
    """Return a column's name as the template has it."""
    column = BY_NAME.get(name)
    if column is None:
        return ""
    return column.en if wording.language() == "en" else column.zh


def file_refusal(code: str, params: Mapping[str, Any]) -> str:
    """Return why a file is not read, and what to do."""
    if code != "columns":
        return str(FILE_REFUSALS.get(code, FILE_REFUSALS["damaged"])) % params
    said = []
    if params["missing"]:
        names = [column_name(name) for name in params["missing"]]
        said.append(_("These columns are missing: %(names)s.") % {"names": _listed(names)})
    if params["unknown"]:
        places = [str(place) for place in params["unknown"]]
        said.append(
            _("These columns are not known, or stand there twice: number %(places)s.")
            % {"places": _listed(places)}
        )
    said.append(_("The first line has to be the head of the template."))
    return wording.sentences(said)


def _listed(words: Sequence[str]) -> str:
    return (", " if wording.language() == "en" else "、").join(words)


def result_head() -> list[str]:
    """Return the head of the file of results: the row, the template's columns, the result."""
    english = wording.language() == "en"
    row, *rest = RESULT_COLUMNS
    return [column.en if english else column.zh for column in (row, *COLUMNS, *rest)]


def result_line(row: ReportRow, kept: Mapping[str, str]) -> list[str]:
    """Return a line of the file of results; the cells are there only where they are kept."""
    said = row_words(row)
    remedies = [f"{column}: {text}" if column else text for column, text in said.notes]
    return [
        str(row.number),
        *(kept.get(column.name, "") for column in COLUMNS),
        said.result,
        " ".join(remedies),
    ]


def template_notes() -> list[str]:
    """Return how the template is filled in, line by line."""
    return [
        _("One person a line, on the first sheet; at most %(rows)s lines.") % {"rows": MAX_ROWS},
        _("ID number: 18 characters, as text."),
        _("Subdistrict or town: its name, such as 南湖区建设街道, or its code of nine digits."),
        _("From: the day on which employment or tenancy began; To: empty while it lasts."),
        _("Somebody has left: write the last day under “To”, in the line as it was reported."),
        _("Days like 2026-11-20."),
        _("Housing: 自有, 租赁, 公租房, 宿舍, 亲友家 or 无; may be left empty."),
        _("Example: 王小明, 11010519491231002X, 南湖区建设街道, 中山东路18号2幢301室, 2026-11-20"),
        _("Report within three working days (浙江省流动人口居住登记条例 第八条至第十一条)."),
    ]
