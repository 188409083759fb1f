"""Who a file is about, and who stands close to whom."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from jiaxing_hukou.encryption import EncryptedTextField


class Person(models.Model):
    """A person with a real name and an ID number; an account has at most one.

    The ID number is encrypted and found by its keyed hash. A child or a frail relative has a row
    without an account, made by the relative who acts for him.
    """

    class Sex(models.TextChoices):
        MALE = "male", _("male")
        FEMALE = "female", _("female")

    hashed_fields = {"id_hash": ("id_number", "id_number")}

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="person",
        verbose_name=_("account"),
    )
    name = models.CharField(_("name"), max_length=50)
    id_number = EncryptedTextField(_("ID number"))
    id_hash = models.CharField(max_length=64, db_index=True, editable=False)
    birth_date = models.DateField(_("date of birth"))
    sex = models.CharField(_("sex"), max_length=6, choices=Sex.choices)
    ethnicity = models.CharField(_("ethnic group"), max_length=20, blank=True)
    phone = models.CharField(_("phone"), max_length=20, blank=True)
    hukou_place = models.CharField(_("place of hukou"), max_length=10)  # values of the fact
    hukou_address = models.CharField(_("address of the hukou"), max_length=200, blank=True)
    revision = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("persons")
        constraints = [
            # One ID number has one account: two accounts could hold two permits.
            models.UniqueConstraint(
                fields=("id_hash",), condition=Q(user__isnull=False), name="one_account_per_id"
            ),
        ]

    def __str__(self) -> str:
        """Return the id: names do not belong in logs and lists."""
        return f"person {self.pk}"


class Relation(models.Model):
    """``guardian`` acts for ``ward``: guardian of a child, or near relative of a frail person."""

    class Kind(models.TextChoices):
        GUARDIAN = "guardian", _("guardian")
        NEAR_RELATIVE = "near_relative", _("near relative")

    guardian = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="wards")
    ward = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="guardians")
    kind = models.CharField(_("kind"), max_length=13, choices=Kind.choices)
    declared_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("relation")
        verbose_name_plural = _("relations")
        constraints = [
            models.UniqueConstraint(
                fields=("guardian", "ward"),
                condition=Q(ended_at__isnull=True),
                name="one_relation_at_a_time",
            ),
            models.CheckConstraint(
                condition=~Q(guardian=F("ward")), name="nobody_is_his_own_guardian"
            ),
        ]

    def __str__(self) -> str:
        return f"relation {self.pk}"


class StaffRelative(models.Model):
    """A relative whom a member of staff has declared; he handles no case of that person."""

    staff = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="declared_relatives"
    )
    id_hash = models.CharField(max_length=64, db_index=True, editable=False)
    declared_at = models.DateTimeField()

    class Meta:
        verbose_name = _("declared relative")
        verbose_name_plural = _("declared relatives")
        constraints = [
            models.UniqueConstraint(fields=("staff", "id_hash"), name="one_row_per_relative"),
        ]

    def __str__(self) -> str:
        return f"relative {self.pk}"
