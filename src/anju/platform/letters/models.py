"""Letters, the batches in which they go to the mail room, and the files it sends back."""

from django.db import models
from django.db.models import F, Q

from anju.platform.identity.fields import EncryptedTextField


class Batch(models.Model):
    """Batch of letters 信函批次: one PDF and one postal list for the mail room of a branch.

    ``number``: date, branch id, count of the day. PDF and list are kept encrypted (``pdf_file`` and ``list_file`` name the
    stored bytes, the ``_sha256`` the clear ones) until ``keep_until``.
    """

    number = models.CharField(max_length=40, unique=True)
    branch_id = models.BigIntegerField()
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=80)
    letters = models.IntegerField()
    pdf_file = models.CharField(max_length=64)
    pdf_sha256 = models.CharField(max_length=64)
    list_file = models.CharField(max_length=64)
    list_sha256 = models.CharField(max_length=64)
    keep_until = models.DateField()
    erased_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(name="letters_batch_branch", fields=["branch_id", "-id"])]


class Letter(models.Model):
    """Letter 信函: one message to be posted. Printed proves nothing; posted is `sent`, delivered by registered mail is proof.

    Its states are its instants: taken, in a batch or refused, posted, then delivered or returned.
    """

    key = models.CharField(max_length=120, unique=True)
    provider = models.CharField(max_length=40)
    attempt_id = models.BigIntegerField()
    person_id = models.BigIntegerField()
    branch_id = models.BigIntegerField()
    recipient = EncryptedTextField(null=True)
    address = EncryptedTextField(null=True)
    subject = models.CharField(max_length=200)
    body = models.TextField(max_length=8000)
    taken_at = models.DateTimeField()
    batch = models.ForeignKey(Batch, null=True, on_delete=models.PROTECT, related_name="rows")
    place = models.IntegerField(null=True)
    refused_at = models.DateTimeField(null=True)
    refused_why = models.CharField(max_length=200, blank=True)
    registered_no = models.CharField(max_length=20, blank=True)
    posted_on = models.DateField(null=True)
    delivered_on = models.DateField(null=True)
    returned_on = models.DateField(null=True)
    return_reason = models.CharField(max_length=200, blank=True)
    erased_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="letter_place", fields=["batch", "place"]),
            models.UniqueConstraint(
                name="letter_registered_no", fields=["registered_no"], condition=~Q(registered_no="")
            ),
            models.CheckConstraint(
                name="letter_batch_has_place",
                condition=Q(batch__isnull=True, place__isnull=True)
                | Q(batch__isnull=False, place__gte=1, refused_at__isnull=True),
            ),
            models.CheckConstraint(
                name="letter_posted_from_batch",
                condition=Q(posted_on__isnull=True, delivered_on__isnull=True, returned_on__isnull=True)
                | Q(batch__isnull=False, posted_on__isnull=False),
            ),
            models.CheckConstraint(
                name="letter_delivered_or_returned",
                condition=Q(delivered_on__isnull=True) | Q(returned_on__isnull=True),
            ),
            models.CheckConstraint(
                name="letter_dates_in_order",
                condition=(Q(delivered_on__isnull=True) | Q(delivered_on__gte=F("posted_on")))
                & (Q(returned_on__isnull=True) | Q(returned_on__gte=F("posted_on"))),
            ),
        ]
        indexes = [
            models.Index(
                name="letter_waiting",
                fields=["branch_id", "id"],
                condition=Q(batch__isnull=True, refused_at__isnull=True),
            ),
            models.Index(name="letter_kept", fields=["taken_at"], condition=Q(erased_at__isnull=True)),
        ]


class ReturnFile(models.Model):
    """Return file 邮寄回执文件: what the mail room says about letters; the same bytes are read once per branch."""

    sha256 = models.CharField(max_length=64)
    branch_id = models.BigIntegerField(null=True)
    name = models.CharField(max_length=200)
    received_at = models.DateTimeField()
    received_by = models.CharField(max_length=80)
    rows_total = models.IntegerField()
    rows_new = models.IntegerField()
    rows_same = models.IntegerField()
    rows_bad = models.IntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="letters_return_once", fields=["sha256", "branch_id"], nulls_distinct=False
            )
        ]


class ReturnProblem(models.Model):
    """Quarantined value 隔离的回执: a row of a return file that changed nothing, and why."""

    file = models.ForeignKey(ReturnFile, on_delete=models.CASCADE, related_name="problems")
    row_no = models.IntegerField()
    column = models.CharField(max_length=40)
    value = models.CharField(max_length=80)
    zh = models.CharField(max_length=200)
    en = models.CharField(max_length=200)
