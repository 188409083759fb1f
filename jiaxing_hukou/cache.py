"""Caches that count without losing a hit, and in one step."""

import base64
import pickle
from datetime import timedelta

from django.core.cache.backends.db import DatabaseCache
from django.core.cache.backends.redis import RedisCache
from django.db import connections, router, transaction
from django.utils.functional import cached_property
from django.utils.timezone import now


class AtomicDatabaseCache(DatabaseCache):
    """Django's database cache, whose ``incr`` is one step and keeps the expiry.

    The stock one reads and writes in two steps, so parallel requests overwrite each
    other's count and a rate limit lets too many through. It also gives the counter a
    new life of five minutes at each hit, whatever it was created with.
    """

    def count(self, key, lifetime):
        """Count one more under a key that nothing else uses; return how many there are.

        The first one lives ``lifetime`` seconds and the others with it. One statement instead of
        the three of ``add`` and ``incr``: every page asks. The number is stored as its digits.
        """
        row = self.make_key(key)
        connection = connections[router.db_for_write(self.cache_model_class)]
        table = connection.ops.quote_name(self._table)
        moment = now().replace(microsecond=0)
        ends = connection.ops.adapt_datetimefield_value(moment + timedelta(seconds=lifetime))
        with connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO {table} (cache_key, value, expires) VALUES (%s, '1', %s) "
                f"ON CONFLICT (cache_key) DO UPDATE "
                f"SET value = CAST(CAST({table}.value AS INTEGER) + 1 AS TEXT) RETURNING value",
                [row, ends],
            )
            count = int(cursor.fetchone()[0])
            if count == 1:
                self._make_room(cursor, connection, table, moment)
        return count

    def _make_room(self, cursor, connection, table, moment):
        """Drop what is over once there are more rows than allowed."""
        cursor.execute(f"SELECT COUNT(*) FROM {table}")
        [rows] = cursor.fetchone()
        if rows > self._max_entries:
            self._cull(connection.alias, cursor, moment, rows)

    def add(self, key, value, timeout=None, version=None):
        """Set ``value`` if the key is free; a key that is not costs one look."""
        row = self.make_and_validate_key(key, version=version)
        connection = connections[router.db_for_read(self.cache_model_class)]
        with connection.cursor() as cursor:
            if self._stored(cursor, connection, row) is not None:
                return False
        return super().add(key, value, timeout, version)

    def incr(self, key, delta=1, version=None):
        """Add ``delta`` to the number under ``key`` and return the sum."""
        row = self.make_and_validate_key(key, version=version)
        database = router.db_for_write(self.cache_model_class)
        connection = connections[database]
        if connection.features.has_select_for_update:
            with transaction.atomic(using=database), connection.cursor() as cursor:
                return self._step(cursor, connection, row, delta, " FOR UPDATE")
        # SQLite has no row locks. A transaction would hold up every other thread that
        # counts; instead the value is replaced only if it is still the one that was read.
        with connection.cursor() as cursor:
            while (count := self._step(cursor, connection, row, delta)) is None:
                pass
        return count

    def _step(self, cursor, connection, row, delta, lock=""):
        """Add ``delta`` and return the sum; None if somebody else was faster."""
        stored = self._stored(cursor, connection, row, lock)
        if stored is None:
            raise ValueError(f"Key {row!r} not found")
        count = pickle.loads(base64.b64decode(stored)) + delta
        value = base64.b64encode(pickle.dumps(count, self.pickle_protocol))
        table = connection.ops.quote_name(self._table)
        cursor.execute(
            f"UPDATE {table} SET value = %s WHERE cache_key = %s AND value = %s",
            [value.decode("ascii"), row, stored],
        )
        return count if cursor.rowcount else None

    def _stored(self, cursor, connection, row, lock=""):
        """Return what is stored under a key and not over yet; None if nothing is."""
        table = connection.ops.quote_name(self._table)
        moment = connection.ops.adapt_datetimefield_value(now().replace(microsecond=0))
        cursor.execute(
            f"SELECT value FROM {table} WHERE cache_key = %s AND expires > %s{lock}",
            [row, moment],
        )
        found = cursor.fetchone()
        return found and found[0]


class CountingRedisCache(RedisCache):
    """Django's Redis cache, which also counts in one round trip."""

    @cached_property
    def _counter(self):
        return self._cache.get_client(write=True)

    def count(self, key, lifetime):
        """Count one more under a key that nothing else uses; return how many there are.

        The first one lives ``lifetime`` seconds and the others with it. If the process dies between
        its two steps, a number stays behind under a key that is never asked for again.
        """
        row = self.make_key(key)
        count = self._counter.incr(row)
        if count == 1:
            self._counter.expire(row, lifetime)
        return count
