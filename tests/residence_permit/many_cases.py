"""As many cases as an office has in years, made by the database itself; nine of ten in one station.

PostgreSQL only. The guards are off while the rows are written: a case that came by its moves would
take a thousand times as long. What is made is in the shape that the moves leave behind.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection, transaction

from jiaxing_hukou.accounts.models import Station, User
from jiaxing_hukou.encryption import encrypt

ID_NUMBER = "341221199005060019"

_PERSONS = """
INSERT INTO residence_permit_person (id, name, id_number, id_hash, birth_date, sex, ethnicity,
    phone, hukou_place, hukou_address, revision, created_at, updated_at)
SELECT %(base)s + g, '王小明', %(number)s,
    md5('a' || %(base)s + g) || md5('b' || %(base)s + g), '1990-05-06', 'male', '',
    '', 'outside', '', 1, %(now)s, %(now)s
FROM generate_series(1, %(count)s) g
"""
# Of a thousand: 600 carried out, 100 refused, 100 given up; the others are open.
_CASES = """
INSERT INTO residence_permit_permitapplication (id, reference, kind, status, status_since,
    events_count, applicant_id, person_id, id_hash, station_id, county_id, township_code,
    statements, revision, created_at, updated_at, holder_id, lease_until, submitted_at,
    accepted_on, due_on, queue_on)
SELECT %(base)s + g, 'Q' || lpad((%(base)s + g)::text, 12, '0'), kind, status, since,
    0, %(applicant)s, %(base)s + g, md5('a' || %(base)s + g) || md5('b' || %(base)s + g),
    CASE WHEN there THEN %(elsewhere)s ELSE %(station)s END, %(county)s, '330402010',
    '{}', 1, submitted, since,
    CASE WHEN status IN ('under_review', 'accepted', 'correction_requested')
        THEN (%(holders)s::bigint[])[1 + g %% cardinality(%(holders)s::bigint[])] END,
    CASE WHEN status IN ('under_review', 'accepted')
        THEN %(now)s + (CASE WHEN g %% 7 = 0 THEN -1 ELSE 1 END) * interval '30 minutes' END,
    submitted, due - 15, due, coalesce(due, '9999-12-31')
FROM (
    SELECT g, there, kind, status, submitted,
        least(submitted + interval '1 hour' * (g %% 100), %(now)s) AS since,
        CASE WHEN status IN ('accepted', 'awaiting_decision', 'correction_requested')
            THEN %(now)s::date - 3 + (g %% 18)::int END AS due
    FROM (
        SELECT g, (g * 7 %% 10) = 0 AS there,
            %(now)s - interval '1 second' * (g * 613 %% 34560000) AS submitted,
            CASE WHEN g * 31 %% 100 < 60 THEN 'issue' WHEN g * 31 %% 100 < 85 THEN 'endorse'
                WHEN g * 31 %% 100 < 95 THEN 'change' ELSE 'replace' END AS kind,
            CASE WHEN roll < 600 THEN 'issued' WHEN roll < 700 THEN 'refused'
                WHEN roll < 750 THEN 'withdrawn' WHEN roll < 800 THEN 'closed'
                WHEN roll < 860 THEN 'submitted' WHEN roll < 890 THEN 'under_review'
                WHEN roll < 920 THEN 'correction_requested' WHEN roll < 960 THEN 'accepted'
                WHEN roll < 995 THEN 'awaiting_decision'
                ELSE 'under_reconsideration' END AS status
        FROM (SELECT g::bigint, g::bigint * 7919 %% 1000 AS roll
              FROM generate_series(1, %(count)s) g) numbered
    ) chosen
) timed
"""


def seed(
    count: int,
    *,
    station: Station,
    elsewhere: Station,
    applicant: User,
    holders: Sequence[User],
    now: datetime,
) -> int:
    """Write that many cases, each of a person of its own; return the id before the first one."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(
            "SELECT greatest((SELECT coalesce(max(id), 0) FROM residence_permit_person), "
            "(SELECT coalesce(max(id), 0) FROM residence_permit_permitapplication))"
        )
        [base] = cursor.fetchone()
        given = {
            "base": base,
            "count": count,
            "now": now,
            "number": encrypt(ID_NUMBER, "residence_permit.person.id_number"),
            "applicant": applicant.pk,
            "station": station.pk,
            "elsewhere": elsewhere.pk,
            "county": station.parent_id,
            "holders": [holder.pk for holder in holders],
        }
        for statement in (_PERSONS, _CASES):
            cursor.execute(statement, given)
        for table in ("residence_permit_person", "residence_permit_permitapplication"):
            cursor.execute(
                f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), %s)",
                [base + count],
            )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE residence_permit_permitapplication, residence_permit_person")
    return base
