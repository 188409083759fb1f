"""What is encrypted in the tables, how it is found again, and how the keys are changed."""

import logging
import os
import stat
import subprocess
import sys
from io import StringIO

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import decrypt as mfa_decrypt
from allauth.mfa.utils import encrypt as mfa_encrypt
from django.core.exceptions import FieldError, ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, models, transaction
from django.db.models import ExpressionWrapper, F, TextField, Value
from django.test.utils import isolate_apps

from jiaxing_hukou.accounts.models import User
from jiaxing_hukou.audit.management.commands import rotate_keys
from jiaxing_hukou.audit.models import AuditEntry
from jiaxing_hukou.encryption import (
    DecryptionFailed,
    EncryptedTextField,
    decrypt,
    encrypt,
    keyed_hash,
)
from jiaxing_hukou.settings import env
from residence_permit.evidence.storage import open_evidence, private_storage
from tests.services.portal import ROOT, environment

SECRET = "330402199001011234"  # a canary: no message may hold it
OLD, NEW = ("old", b"1" * 32), ("new", b"2" * 32)


@pytest.fixture
def keys(settings, tmp_path):
    """Set the keys of the fields, the first encrypts; the store of evidence is empty."""
    settings.EVIDENCE_DIR = tmp_path / "evidence"

    def choose(*chosen):
        settings.FIELD_KEYS = chosen

    choose(OLD)
    return choose


@pytest.fixture(scope="module")
def safe():
    """Return a model with two encrypted columns and a hash, which only these tests know."""
    with isolate_apps("jiaxing_hukou.audit"):

        class Safe(models.Model):  # noqa: DJ008
            number = EncryptedTextField()
            name = EncryptedTextField(null=True, blank=True)
            number_hash = models.CharField(max_length=64, blank=True)

            hashed_fields = {"number_hash": ("number", "id_number")}

            class Meta:
                app_label = "audit"
                db_table = "test_safe"

    return Safe


@pytest.fixture
def table(db, safe, monkeypatch):
    """Make the table, in the test's own transaction, and let the command see the model."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":  # its schema editor wants no transaction
            cursor.execute(
                "CREATE TABLE test_safe (id integer PRIMARY KEY AUTOINCREMENT, "
                f"number text NOT NULL CHECK ({check_of(safe, 'number')}), "
                f"name text NULL CHECK ({check_of(safe, 'name')}), number_hash varchar(64))"
            )
    if connection.vendor != "sqlite":
        with connection.schema_editor() as editor:
            editor.create_model(safe)
    monkeypatch.setattr(rotate_keys.apps, "get_models", lambda: [AuditEntry, safe])
    return safe


def check_of(model, name):
    return model._meta.get_field(name).db_check(connection)


def stored(row, name):
    """Return what really stands in the table."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {name} FROM test_safe WHERE id = %s", [row.pk])
        return cursor.fetchone()[0]


def rotate(*options):
    out = StringIO()
    call_command("rotate_keys", *options, stdout=out)
    return out.getvalue()


# --- Values


@pytest.mark.parametrize("text", [SECRET, "王小明", "𠮷田", "a\nb", "\0", " "])
def test_a_text_comes_back_as_it_was(keys, text):
    assert decrypt(encrypt(text, "a.b.c"), "a.b.c") == text


def test_the_same_text_is_never_stored_twice_alike(keys):
    assert encrypt(SECRET, "a.b.c") != encrypt(SECRET, "a.b.c")


def test_a_stored_value_says_its_key_and_nothing_of_the_text(keys):
    value = encrypt(SECRET, "a.b.c")

    assert value.startswith("aes:old:")
    assert SECRET not in value


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda value: value[:-6] + "AAAA==", "does not open"),
        (lambda value: value[:-8], "does not open"),
        (lambda value: "aes:old:", "does not open"),
        (lambda value: "aes:old:?" + SECRET, "does not open"),
        (lambda value: "aes:old", "is not encrypted"),
        (lambda value: SECRET, "is not encrypted"),
        (lambda value: value.replace("old", "lost"), "JIAXING_FIELD_KEYS does not hold"),
    ],
)
def test_what_cannot_be_read_is_refused_without_being_quoted(keys, damage, words):
    value = damage(encrypt(SECRET, "a.b.c"))

    with pytest.raises(DecryptionFailed, match=words) as refused:
        decrypt(value, "a.b.c")

    assert "a.b.c" in str(refused.value)
    assert SECRET not in str(refused.value)
    assert refused.value.__cause__ is None


def test_another_key_of_the_same_id_does_not_open_it(keys):
    value = encrypt(SECRET, "a.b.c")
    keys(("old", b"3" * 32))

    with pytest.raises(DecryptionFailed, match="does not open"):
        decrypt(value, "a.b.c")


def test_a_hash_depends_on_value_purpose_and_key(settings):
    first = keyed_hash(SECRET, "id_number")
    others = {keyed_hash(SECRET, "phone"), keyed_hash("330402199001011235", "id_number")}
    settings.HASH_KEY = b"4" * 32
    others.add(keyed_hash(SECRET, "id_number"))

    assert len(others | {first}) == 4
    assert len(first) == 64


# --- The field


def test_the_table_holds_only_ciphertext(table, keys):
    row = table.objects.create(number=SECRET, name="王小明")

    assert stored(row, "number").startswith("aes:old:")
    assert stored(row, "name").startswith("aes:old:")
    again = table.objects.get()
    assert (again.number, again.name) == (SECRET, "王小明")


def test_empty_stays_empty_and_null_stays_null(table, keys):
    row = table.objects.create(number="", name=None)

    assert (stored(row, "number"), stored(row, "name")) == ("", None)
    again = table.objects.get()
    assert (again.number, again.name) == ("", None)


def test_every_way_to_write_encrypts(table, keys):
    first, second = table.objects.bulk_create([table(number="1"), table(number="2")])
    table.objects.filter(pk=first.pk).update(number="3", name="4")
    second.number = "5"
    table.objects.bulk_update([second], ["number"])

    assert list(table.objects.order_by("pk").values_list("number", "name")) == [
        ("3", "4"),
        ("5", None),
    ]
    for row in (first, second):
        assert stored(row, "number").startswith("aes:old:")


def test_the_database_refuses_plain_text(table, keys):
    row = table.objects.create(number=SECRET)

    with pytest.raises(IntegrityError), transaction.atomic():
        table.objects.update(number=Value("plain", output_field=TextField()))

    assert table.objects.get(pk=row.pk).number == SECRET


@pytest.mark.parametrize(
    "question",
    [
        {"number": SECRET},
        {"number": None},
        {"number__in": [SECRET]},
        {"number__startswith": "33"},
        {"number__lower": SECRET},
        {"number__gt": ""},
    ],
)
def test_a_search_is_refused_and_says_what_to_do(safe, question):
    with pytest.raises(FieldError, match="keyed_hash") as refused:
        safe.objects.filter(**question)

    assert SECRET not in str(refused.value)


def test_it_can_be_asked_for_null(table, keys):
    table.objects.create(number="1", name=None)
    table.objects.create(number="2", name="")

    assert table.objects.get(name__isnull=True).number == "1"
    assert table.objects.get(name__isnull=False).number == "2"


def test_a_value_in_another_column_is_refused(table, keys):
    table.objects.create(number=SECRET, name="王小明")
    table.objects.update(number=F("name"), name=F("number"))

    with pytest.raises(DecryptionFailed, match=r"audit.safe.number: .* moved from another column"):
        table.objects.get()


@isolate_apps("jiaxing_hukou.audit")
@pytest.mark.parametrize("option", ["unique", "db_index"])
def test_a_unique_or_indexed_encrypted_field_stops_the_start(option):
    class Wrong(models.Model):  # noqa: DJ008
        number = EncryptedTextField(**{option: True})

        class Meta:
            app_label = "audit"

    assert "encryption.E001" in [error.id for error in Wrong.check()]


def test_the_forms_field_is_one_line(safe):
    field = safe._meta.get_field("number").formfield()

    assert type(field.widget).__name__ == "TextInput"


# --- Changing the keys


def test_rotation_writes_everything_anew_and_the_old_key_can_go(table, keys, monkeypatch):
    monkeypatch.setattr(rotate_keys, "CHUNK", 2)
    rows = [table.objects.create(number=str(n), name="王" if n % 2 else None) for n in range(5)]
    table.objects.create(number="", name=None)
    keys(NEW, OLD)
    new = table.objects.create(number="new", name="")

    said = rotate()

    assert said == "audit.safe: 7\n7 values written anew with the key new.\n"
    keys(NEW)
    assert [row.number for row in table.objects.order_by("pk")] == [*"01234", "", "new"]
    assert all(stored(row, "number").startswith("aes:new:") for row in (*rows, new))
    assert rotate() == "0 values written anew with the key new.\n"


def test_a_rotation_that_was_stopped_goes_on_where_it_stood(table, keys, monkeypatch):
    monkeypatch.setattr(rotate_keys, "CHUNK", 2)
    rows = [table.objects.create(number=str(n)) for n in range(5)]
    write, done = rotate_keys._replace, []

    def stopping(*given):
        if len(done) == 3:
            raise KeyboardInterrupt
        done.append(write(*given))
        return done[-1]

    keys(NEW, OLD)
    monkeypatch.setattr(rotate_keys, "_replace", stopping)
    with pytest.raises(KeyboardInterrupt):
        rotate()
    monkeypatch.setattr(rotate_keys, "_replace", write)

    assert [stored(row, "number")[4:7] for row in rows] == ["new"] * 3 + ["old"] * 2
    assert rotate().startswith("audit.safe: 2\n")


def test_a_write_meanwhile_is_not_undone(table, keys):
    """The row as rotation read it is older than the row as it is."""
    row = table.objects.create(number="before")
    field = table._meta.get_field("number")
    read = (row.pk, stored(row, "number"))
    keys(NEW, OLD)
    table.objects.filter(pk=row.pk).update(number="after")

    assert rotate_keys._replace(table, field, read) == 0
    assert table.objects.get().number == "after"


def test_rotation_without_the_old_key_says_which_is_missing(table, keys):
    table.objects.create(number=SECRET)
    keys(NEW)

    with pytest.raises(CommandError, match=r"audit.safe.number: encrypted with the key 'old'"):
        rotate()


@pytest.mark.django_db
def test_the_secrets_of_the_second_factor_are_rotated_along(keys):
    user = User.objects.create_user("officer")
    totp, codes = (
        Authenticator.objects.create(
            user=user, type=kind, data={name: mfa_encrypt(SECRET), "used_mask": 5}
        )
        for kind, name in (("totp", "secret"), ("recovery_codes", "seed"))
    )
    keys(NEW, OLD)

    assert "rotate_second_factors: 2\n" in rotate()

    keys(NEW)
    for row, name in ((totp, "secret"), (codes, "seed")):
        row.refresh_from_db()
        assert mfa_decrypt(row.data[name]) == SECRET
        assert row.data["used_mask"] == 5
    assert rotate() == "0 values written anew with the key new.\n"


@pytest.mark.django_db
def test_the_evidence_files_are_rotated_along(keys):
    name = private_storage().keep(b"a picture")
    keys(NEW, OLD)

    assert "reseal_evidence: 1\n" in rotate()

    keys(NEW)
    assert open_evidence(name) == b"a picture"


@pytest.mark.django_db
def test_an_evidence_file_that_cannot_be_opened_is_named(keys):
    name = private_storage().keep(b"a picture")
    keys(NEW)

    with pytest.raises(CommandError, match=f"evidence {name}: Sealed with the key 'old'"):
        rotate()


def test_the_hashes_are_computed_anew(table, keys, settings):
    row = table.objects.create(number=SECRET, number_hash=keyed_hash(SECRET, "id_number"))
    table.objects.create(number="", number_hash="")
    settings.HASH_KEY = b"5" * 32

    assert rotate("--hash") == "audit.safe: 1\n1 hashes.\n"

    assert table.objects.get(number_hash=keyed_hash(SECRET, "id_number")) == row
    assert rotate("--hash") == "0 hashes.\n"


def test_a_rotation_is_recorded(table, keys):
    table.objects.create(number="1")
    keys(NEW, OLD)

    rotate()

    entry = AuditEntry.objects.get(act="rotate_keys")
    assert (entry.actor_id, entry.details) == (None, {"hashes": False, "values": 1})


# --- The settings


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "write id:key"),
        ("justakey", "32 random bytes"),
        ("A:" + "A" * 43 + "=", "small letters"),
        ("a b:" + "A" * 43 + "=", "small letters"),
        ("a:" + "A" * 42, "32 random bytes"),
        ("a:AAAA", "32 random bytes"),
        (f"a:{'A' * 43}=,a:{'B' * 42}A=", "two keys have the same id"),
        (f"a:{'A' * 43}=,", "write id:key"),
    ],
)
def test_field_keys_that_cannot_be_used_stop_the_start(text, words):
    with pytest.raises(ImproperlyConfigured, match=words) as refused:
        env.field_keys(text)

    assert "AAAA" not in str(refused.value)


def test_the_first_field_key_encrypts():
    keys = env.field_keys(f"new:{'A' * 43}=, old:{'B' * 42}A=")

    assert [key_id for key_id, _ in keys] == ["new", "old"]
    assert all(len(key) == 32 for _, key in keys)


SHOW = (
    "from jiaxing_hukou.settings import dev; "
    "print(dev.FIELD_KEYS[0][0], dev.FIELD_KEYS[0][1].hex(), dev.HASH_KEY.hex())"
)


@pytest.mark.processes
def test_processes_that_start_at_once_make_one_set_of_keys(tmp_path):
    env_of_all = environment(tmp_path / "data")
    started = [
        subprocess.Popen([sys.executable, "-c", SHOW], cwd=ROOT, env=env_of_all, stdout=-1)
        for _ in range(4)
    ]
    said = {process.communicate(timeout=60)[0] for process in started}

    [line] = said
    name, field_key, hash_key = line.decode().split()
    assert name == "local"
    assert len({field_key, hash_key}) == 2
    assert stat.S_IMODE(os.stat(tmp_path / "data" / "keys").st_mode) == 0o600


def test_a_damaged_key_file_stops_the_start_and_is_not_replaced(tmp_path):
    file = tmp_path / "keys"
    file.write_text("half")

    done = subprocess.run(
        [sys.executable, "-c", SHOW],
        cwd=ROOT,
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert "should hold two lines" in done.stderr
    assert file.read_text() == "half"


def test_nothing_of_this_is_logged(table, keys, caplog):
    with caplog.at_level(logging.DEBUG):
        row = table.objects.create(number=SECRET, name="王小明")
        table.objects.get(pk=row.pk)

    assert SECRET not in caplog.text
    assert "王小明" not in caplog.text


def test_the_stored_value_can_be_read_as_it_is(table, keys):
    table.objects.create(number=SECRET)
    as_stored = ExpressionWrapper(F("number"), output_field=TextField())

    assert table.objects.annotate(raw=as_stored).get().raw.startswith("aes:old:")
