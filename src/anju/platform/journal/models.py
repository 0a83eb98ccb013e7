"""Rows of the journal. Written only by the SQL function ``journal_append`` (see migration and operations)."""

from django.db import models


class Entry(models.Model):
    """Journal entry 日志记录: one fact about one subject, chained by hash to the entry before it.

    ``hash`` = sha256 over the previous hash and the entry's own fields, computed in the database.
    ``xid`` is the writing transaction: the pump reads only what every earlier transaction has finished.
    """

    subject_type = models.CharField(max_length=40)
    subject_id = models.BigIntegerField()
    seq = models.IntegerField()
    kind = models.CharField(max_length=80)
    at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    actor = models.CharField(max_length=80)
    body = models.JSONField()
    prev_hash = models.BinaryField()
    hash = models.BinaryField()
    xid = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["subject_type", "subject_id", "seq"], name="journal_entry_chain"),
        ]
        indexes = [
            models.Index(fields=["xid", "id"], name="journal_entry_pump"),
            models.Index(fields=["kind", "at"], name="journal_entry_kind"),
        ]


class Head(models.Model):
    """Chain head 链头: the last sequence number and hash of one subject; its row lock orders writers."""

    subject_type = models.CharField(max_length=40)
    subject_id = models.BigIntegerField()
    seq = models.IntegerField()
    hash = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["subject_type", "subject_id"], name="journal_head_subject"),
        ]


class Cursor(models.Model):
    """Handler cursor 处理进度: how far one handler has read; moved in the transaction of its writes.

    A handler that raises stays where it is: ``fail_count`` tries in a row, the last one at ``failed_at`` with
    ``error``.
    """

    handler = models.CharField(max_length=120, primary_key=True)
    xid = models.BigIntegerField(default=0)
    entry_id = models.BigIntegerField(default=0)
    moved_at = models.DateTimeField(null=True)
    fail_count = models.IntegerField(default=0)
    failed_at = models.DateTimeField(null=True)
    retry_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True, max_length=2000)
