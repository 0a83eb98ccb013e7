"""What is owed to whom, every try to pay it, and the proof."""

from django.db import models
from django.db.models import Q

from anju.core.lifecycles import ATTEMPT, OBLIGATION
from anju.platform.choices import choices


class Obligation(models.Model):
    """Notice obligation 通知义务: a message owed to a person by a deadline with a named proof.

    It ends proven, moot (its ground is gone), or on a person's desk as an exception; never silently.
    ``key`` makes it idempotent (``reminder:<loan>:<due date>:<days>``). ``variables`` are the template's figures.
    """

    notice_type = models.CharField(max_length=60)
    key = models.CharField(max_length=120, unique=True)
    person_id = models.BigIntegerField()
    subject_type = models.CharField(max_length=40)
    subject_id = models.BigIntegerField()
    branch = models.ForeignKey("identity.Branch", on_delete=models.PROTECT)
    entry_id = models.BigIntegerField(null=True)
    owed_at = models.DateTimeField()
    deadline_at = models.DateTimeField()
    proof_required = models.CharField(max_length=20)
    journey = models.CharField(max_length=40)
    journey_version = models.CharField(max_length=16)
    variables = models.JSONField(default=dict)
    state = models.CharField(max_length=16, choices=choices(OBLIGATION), default="owed")
    step_no = models.SmallIntegerField(default=0)
    next_step_at = models.DateTimeField(null=True)
    rung = models.CharField(max_length=20, blank=True)
    proven_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    end_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="obligation_proven_has_time",
                condition=Q(state="proven", proven_at__isnull=False) | ~Q(state="proven"),
            ),
            models.CheckConstraint(
                name="obligation_live_has_next",
                condition=Q(state__in=["owed", "in_progress"], next_step_at__isnull=False)
                | ~Q(state__in=["owed", "in_progress"]),
            ),
        ]
        indexes = [
            models.Index(
                name="obligation_due",
                fields=["next_step_at", "id"],
                condition=Q(state__in=["owed", "in_progress"]),
            ),
            models.Index(name="obligation_subject", fields=["subject_type", "subject_id"]),
            models.Index(name="obligation_person", fields=["person_id", "-owed_at"]),
            models.Index(
                name="obligation_exception", fields=["branch", "id"], condition=Q(state="exception")
            ),
        ]


class Content(models.Model):
    """Rendered content 通知正文: exactly what was sent, kept once by hash and bound to its proof."""

    hash = models.CharField(max_length=64, primary_key=True)
    channel = models.CharField(max_length=10)
    template = models.CharField(max_length=60)
    template_version = models.CharField(max_length=16)
    subject = models.CharField(max_length=200, blank=True)
    body = models.TextField(max_length=8000)


class Attempt(models.Model):
    """Attempt 发送尝试: one try on one channel; each retry is a new row.

    ``state`` moves by the ATTEMPT table; ``rung`` is the highest proof reached and never goes down. ``claim_ends_at``
    is when somebody looks at it again: the end of a claim, or the next time the provider is asked.
    """

    obligation = models.ForeignKey(Obligation, on_delete=models.PROTECT, related_name="attempts")
    step_no = models.SmallIntegerField()
    channel = models.CharField(max_length=10)
    provider = models.CharField(max_length=40)
    address = models.ForeignKey("contacts.Address", null=True, on_delete=models.PROTECT)
    content = models.ForeignKey(Content, null=True, on_delete=models.PROTECT)
    idempotency_key = models.CharField(max_length=80, unique=True)
    state = models.CharField(max_length=14, choices=choices(ATTEMPT), default="queued")
    rung = models.CharField(max_length=20, blank=True)
    queued_at = models.DateTimeField()
    not_before_at = models.DateTimeField(null=True)
    claimed_at = models.DateTimeField(null=True)
    claim_ends_at = models.DateTimeField(null=True)
    submitted_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    provider_ref = models.CharField(max_length=120, blank=True)
    error_class = models.CharField(max_length=40, blank=True)
    error = models.CharField(max_length=400, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="attempt_provider_ref",
                fields=["provider", "provider_ref"],
                condition=~Q(provider_ref=""),
            ),
            models.CheckConstraint(
                name="attempt_in_flight_is_claimed",
                condition=Q(state="in_flight", claimed_at__isnull=False, claim_ends_at__isnull=False)
                | ~Q(state="in_flight"),
            ),
            models.CheckConstraint(
                name="attempt_accepted_was_submitted",
                condition=Q(state__in=["accepted", "delivered"], submitted_at__isnull=False)
                | ~Q(state__in=["accepted", "delivered"]),
            ),
        ]
        indexes = [
            models.Index(name="attempt_queue", fields=["channel", "id"], condition=Q(state="queued")),
            models.Index(
                name="attempt_flight",
                fields=["claim_ends_at"],
                condition=Q(state__in=["in_flight", "in_doubt", "accepted"], claim_ends_at__isnull=False),
            ),
        ]


class Receipt(models.Model):
    """Delivery receipt 送达回执: what a provider said; stored even when late, twice, out of order or unknown."""

    provider = models.CharField(max_length=40)
    provider_ref = models.CharField(max_length=120)
    attempt = models.ForeignKey(Attempt, null=True, on_delete=models.PROTECT, related_name="receipts")
    status = models.CharField(max_length=40)
    at = models.DateTimeField()
    received_at = models.DateTimeField()
    digest = models.CharField(max_length=64, unique=True)
    raw = models.JSONField(default=dict)
    effect = models.CharField(max_length=20)

    class Meta:
        indexes = [
            models.Index(
                name="receipt_without_attempt",
                fields=["provider", "provider_ref"],
                condition=Q(attempt__isnull=True),
            ),
        ]


class InboxMessage(models.Model):
    """Inbox message 站内消息: a notice in the borrower's portal."""

    attempt = models.OneToOneField(Attempt, on_delete=models.PROTECT, related_name="inbox_message")
    person_id = models.BigIntegerField()
    title = models.CharField(max_length=200)
    body = models.TextField(max_length=8000)
    at = models.DateTimeField()
    opened_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(name="inbox_person", fields=["person_id", "-at"])]
