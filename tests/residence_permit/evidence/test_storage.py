import os
import resource
import stat
from datetime import UTC, datetime, timedelta

import pytest
from django.test import override_settings

from residence_permit.evidence.errors import EvidenceMissing, EvidenceRefused, EvidenceTampered
from residence_permit.evidence.storage import (
    PrivateStorage,
    delete_evidence,
    open_evidence,
    private_storage,
)

NOW = datetime(2026, 11, 25, 8, 0, tzinfo=UTC)
CONTENT = b"the scan of a lease" * 1000
OLD_KEY = ("old", b"o" * 32)
NEW_KEY = ("new", b"n" * 32)


@pytest.fixture
def storage(tmp_path):
    return PrivateStorage(tmp_path / "evidence")


@pytest.fixture
def full_disk():
    """Let no file grow over 1 kB, as when the disk is full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1024, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def files(storage):
    return [path for path in storage.folder.rglob("*") if path.is_file()]


def age(path, **how_much):
    moment = (NOW - timedelta(**how_much)).timestamp()
    os.utime(path, (moment, moment))


def test_what_is_kept_is_opened_and_deleted_again(storage):
    name = storage.keep(CONTENT)

    assert storage.open(name) == CONTENT
    assert list(storage.names()) == [name]

    storage.delete(name)
    storage.delete(name)

    assert files(storage) == []
    with pytest.raises(EvidenceMissing):
        storage.open(name)


def test_the_disk_shows_neither_content_nor_name_and_nobody_else_may_look(storage):
    name = storage.keep(CONTENT)

    [path] = files(storage)
    assert b"lease" not in path.read_bytes()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert {stat.S_IMODE(p.stat().st_mode) for p in (storage.folder, path.parent)} == {0o700}
    assert path.name == name
    assert storage.keep(CONTENT) != name


def test_the_folder_is_the_private_one_of_the_settings(settings, tmp_path):
    settings.EVIDENCE_DIR = tmp_path / "private"

    name = private_storage().keep(CONTENT)

    assert open_evidence(name) == CONTENT
    delete_evidence(name)
    assert files(private_storage()) == []


@pytest.mark.parametrize(
    "name", ["", "../../etc/passwd", "/etc/passwd", "a" * 39, "A" * 40, "a" * 40 + "\n", "é" * 40]
)
def test_a_name_of_somebody_elses_leads_nowhere(storage, name):
    with pytest.raises(EvidenceMissing):
        storage.open(name)
    with pytest.raises(EvidenceMissing):
        storage.delete(name)


def test_a_changed_file_is_refused(storage):
    name = storage.keep(CONTENT)
    [path] = files(storage)
    sealed = bytearray(path.read_bytes())
    sealed[-1] ^= 1
    path.write_bytes(sealed)

    with pytest.raises(EvidenceTampered):
        storage.open(name)


@pytest.mark.parametrize("left", [0, 5, 20, 100])
def test_a_file_that_was_cut_off_is_refused(storage, left):
    name = storage.keep(CONTENT)
    [path] = files(storage)
    path.write_bytes(path.read_bytes()[:left])

    with pytest.raises(EvidenceTampered):
        storage.open(name)


def test_a_file_put_in_anothers_place_is_refused(storage):
    mine, yours = storage.keep(b"mine"), storage.keep(b"yours")
    (storage.folder / mine[:2] / mine).replace(storage.folder / yours[:2] / yours)

    with pytest.raises(EvidenceTampered):
        storage.open(yours)


def test_a_full_disk_is_said_and_leaves_nothing_half_written(storage, full_disk):
    small = storage.keep(b"small")

    with pytest.raises(EvidenceRefused) as refused:
        storage.keep(CONTENT)

    assert refused.value.code == "no_room"
    assert [path.name for path in files(storage)] == [small]


def test_an_orphan_is_found_after_a_day(storage):
    known, orphan, young = (storage.keep(CONTENT) for _ in range(3))
    for path in files(storage):
        age(path, hours=23 if path.name == young else 25)

    found = storage.orphans([known], now=NOW)

    assert found == [orphan]


def test_what_a_killed_process_left_is_swept_after_a_day(storage):
    kept = storage.keep(CONTENT)
    old, young = (storage.folder / kept[:2] / f"{kept}.{n}.part" for n in "12")
    for path, hours in ((old, 25), (young, 1)):
        path.write_bytes(b"half")
        age(path, hours=hours)

    assert storage.sweep_unfinished(now=NOW) == 1
    assert {path.name for path in files(storage)} == {kept, young.name}
    assert list(storage.names()) == [kept]


def test_an_empty_storage_has_no_orphans(storage):
    assert storage.orphans([], now=NOW) == []
    assert storage.sweep_unfinished(now=NOW) == 0


def test_keys_are_changed_file_by_file(storage):
    with override_settings(FIELD_KEYS=(OLD_KEY,)):
        name = storage.keep(CONTENT)
    with override_settings(FIELD_KEYS=(NEW_KEY, OLD_KEY)):
        assert [storage.reseal(name), storage.reseal(name)] == [True, False]
    with override_settings(FIELD_KEYS=(NEW_KEY,)):
        assert storage.open(name) == CONTENT
    with override_settings(FIELD_KEYS=(OLD_KEY,)), pytest.raises(EvidenceTampered, match="'new'"):
        storage.open(name)
