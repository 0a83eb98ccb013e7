"""What is owed to whom, every try to pay it, and the proof."""

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce

from anju.core.lifecycles import ATTEMPT, OBLIGATION
from anju.platform.choices import choices
from anju.platform.notices.templates.models import TemplateApproval  # noqa: F401 -- kept beside its operations

LANES = [(0, "紧急"), (1, "普通"), (2, "批量")]
"""Urgent (codes, appointments about to begin), normal, mass: what waits in a lower lane never delays a higher one."""


class Obligation(models.Model):
    """Notice obligation 通知义务: a message owed to a person by a deadline with a named proof.

    It ends proven, moot (its ground is gone), or on a person's desk as an exception; never silently.
    ``key`` makes it idempotent (``reminder:<loan>:<due date>:<days>``). ``variables`` are the template's figures.
    """

    notice_type = models.CharField(max_length=60)
    key = models.CharField(max_length=120)
    lane = models.SmallIntegerField(choices=LANES, default=1, db_default=1)
    person_id = models.BigIntegerField()
    subject_type = models.CharField(max_length=40)
    subject_id = models.BigIntegerField()
    branch = models.ForeignKey("identity.Branch", on_delete=models.PROTECT, db_index=False)
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
            models.UniqueConstraint(name="obligation_key", fields=["key"]),
            models.CheckConstraint(
                name="obligation_proven_has_time",
                condition=Q(state="proven", proven_at__isnull=False) | ~Q(state="proven"),
            ),
            models.CheckConstraint(
                name="obligation_end_has_time",
                condition=Q(state__in=["proven", "moot", "closed_by_person"], ended_at__isnull=False)
                | Q(state__in=["owed", "in_progress", "exception"], ended_at__isnull=True),
            ),
            models.CheckConstraint(name="obligation_lane_known", condition=Q(lane__in=[0, 1, 2])),
            models.CheckConstraint(
                name="obligation_live_has_next",
                condition=Q(state__in=["owed", "in_progress"], next_step_at__isnull=False)
                | ~Q(state__in=["owed", "in_progress"]),
            ),
        ]
        indexes = [
            models.Index(
                name="obligation_due",
                fields=["lane", "next_step_at", "id"],
                condition=Q(state__in=["owed", "in_progress"]),
            ),
            models.Index(name="obligation_subject", fields=["subject_type", "subject_id"]),
            models.Index(name="obligation_person", fields=["person_id", "-owed_at"]),
            # They are made in the order of their time: figures of a period find it by a summary a few pages long.
            BrinIndex(name="obligation_owed", fields=["owed_at"], pages_per_range=32),
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


def _with(*set_: str, **empty: tuple[str, ...]) -> Q:
    """These columns hold a value, and those of `without` none."""
    values = {f"{name}__isnull": False for name in set_}
    return Q(**values, **{f"{name}__isnull": True for name in empty.get("without", ())})


_OVER = ("claim_ends_at",)
_TIMES = (
    Q(state="queued") & _with(without=("claim_ends_at", "submitted_at", "delivered_at", "finished_at"))
    | Q(state="in_flight")
    & _with("claimed_at", "claim_ends_at", without=("submitted_at", "delivered_at", "finished_at"))
    | Q(state="in_doubt")
    & _with(
        "claimed_at", "claim_ends_at", "in_doubt_at", without=("submitted_at", "delivered_at", "finished_at")
    )
    | Q(state="accepted") & _with("claimed_at", "submitted_at", without=("delivered_at", "finished_at"))
    | Q(state="delivered")
    & _with("claimed_at", "submitted_at", "delivered_at", without=("claim_ends_at", "finished_at"))
    | Q(state="acknowledged") & _with("finished_at", without=_OVER)
    | Q(state="failed") & _with("finished_at", without=("claim_ends_at", "delivered_at"))
    | Q(state__in=["skipped", "cancelled"]) & _with("finished_at", without=_OVER)
)
"""Every state of an attempt, and the instants it must and must not have."""


class Attempt(models.Model):
    """Attempt 发送尝试: one try on one channel; each retry is a new row.

    ``state`` moves by the ATTEMPT table; ``rung`` is the highest proof reached and never goes down. ``claim_ends_at``
    is when somebody looks at it again: the end of a claim, or the next time the provider is asked. After ``send_by_at``
    a queued one is not sent any more. ``in_doubt_at`` is when its answer was first found missing, kept for ever. A
    ``provider`` on a queued one binds it: only that provider may be given it.
    """

    obligation = models.ForeignKey(Obligation, on_delete=models.PROTECT, related_name="attempts")
    step_no = models.SmallIntegerField()
    lane = models.SmallIntegerField(choices=LANES, default=1, db_default=1)
    channel = models.CharField(max_length=10)
    provider = models.CharField(max_length=40, blank=True)
    address = models.ForeignKey("contacts.Address", null=True, on_delete=models.PROTECT, db_index=False)
    content = models.ForeignKey(Content, null=True, on_delete=models.PROTECT, db_index=False)
    idempotency_key = models.CharField(max_length=80)
    state = models.CharField(max_length=14, choices=choices(ATTEMPT), default="queued")
    rung = models.CharField(max_length=20, blank=True)
    queued_at = models.DateTimeField()
    not_before_at = models.DateTimeField(null=True)
    send_by_at = models.DateTimeField(null=True)
    claimed_at = models.DateTimeField(null=True)
    claim_ends_at = models.DateTimeField(null=True)
    in_doubt_at = models.DateTimeField(null=True)
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
            models.UniqueConstraint(name="attempt_key", fields=["idempotency_key"]),
            models.CheckConstraint(name="attempt_state_has_times", condition=_TIMES),
            models.CheckConstraint(name="attempt_lane_known", condition=Q(lane__in=[0, 1, 2])),
        ]
        indexes = [
            models.Index(
                "channel", "lane", Coalesce("not_before_at", "queued_at"), "id",
                name="attempt_queue", condition=Q(state="queued"),
            ),
            models.Index(
                name="attempt_address",
                fields=["address", "claimed_at"],
                condition=Q(address__isnull=False, claimed_at__isnull=False),
            ),
            models.Index(
                name="attempt_send_by",
                fields=["send_by_at"],
                condition=Q(state="queued", send_by_at__isnull=False),
            ),
            models.Index(
                name="attempt_flight",
                fields=["claim_ends_at"],
                condition=Q(state__in=["in_flight", "in_doubt", "accepted"], claim_ends_at__isnull=False),
            ),
            models.Index(
                name="attempt_doubtful",
                fields=["claimed_at", "id"],
                condition=Q(state="in_doubt") | Q(error_class="in_doubt_expired"),
            ),
        ]  # fmt: skip


class Receipt(models.Model):
    """Delivery receipt 送达回执: what a provider said; stored even when late, twice, out of order or unknown."""

    provider = models.CharField(max_length=40)
    provider_ref = models.CharField(max_length=120)
    attempt = models.ForeignKey(Attempt, null=True, on_delete=models.PROTECT, related_name="receipts")
    status = models.CharField(max_length=40)
    at = models.DateTimeField()
    received_at = models.DateTimeField()
    digest = models.CharField(max_length=64)
    raw = models.JSONField(default=dict)
    effect = models.CharField(max_length=20)

    class Meta:
        constraints = [models.UniqueConstraint(name="receipt_once", fields=["digest"])]
        indexes = [
            models.Index(
                name="receipt_without_attempt",
                fields=["provider", "provider_ref"],
                condition=Q(attempt__isnull=True),
            ),
            models.Index(
                name="receipt_waiting",
                fields=["received_at"],
                condition=Q(attempt__isnull=True, effect="unknown_ref"),
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


class Provider(models.Model):
    """Provider of a channel 渠道服务商: its circuit breaker, and how much it was given.

    ``closed``: it is used. ``open``: too much failed or was slow within the window; nothing is given to it until
    ``open_until_at``. ``half_open``: one message is on its way to see whether it works again, until ``probe_ends_at``.
    ``window_*`` count calls within the running window; ``tokens`` is what may be submitted at once (bucket of
    ``per_second``); it said "too fast" and is left alone until ``throttled_until_at``. Limits stand in providers.toml.
    """

    BREAKERS = [("closed", "正常"), ("open", "熔断"), ("half_open", "试探")]

    name = models.CharField(max_length=40)
    breaker = models.CharField(max_length=10, choices=BREAKERS, default="closed")
    since_at = models.DateTimeField()
    open_until_at = models.DateTimeField(null=True)
    probe_ends_at = models.DateTimeField(null=True)
    opened_count = models.IntegerField(default=0)
    reason = models.CharField(max_length=200, blank=True)
    window_at = models.DateTimeField()
    window_calls = models.IntegerField(default=0)
    window_failures = models.IntegerField(default=0)
    tokens = models.IntegerField(default=0)
    tokens_at = models.DateTimeField()
    throttled_until_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="provider_name", fields=["name"]),
            models.CheckConstraint(
                name="provider_breaker_has_times",
                condition=Q(breaker="closed", open_until_at__isnull=True, probe_ends_at__isnull=True)
                | Q(breaker="open", open_until_at__isnull=False, probe_ends_at__isnull=True)
                | Q(breaker="half_open", open_until_at__isnull=True, probe_ends_at__isnull=False),
            ),
        ]


class ProviderDay(models.Model):
    """Day of a provider 服务商日用量: what it was given and what it answered, on a day at the bank.

    ``granted`` counts against ``per_day``: taken before a claim, and given back for what was not submitted.
    """

    provider = models.ForeignKey(Provider, on_delete=models.PROTECT)
    on = models.DateField()
    granted = models.IntegerField(default=0)
    submitted = models.IntegerField(default=0)
    rejected = models.IntegerField(default=0)
    in_doubt = models.IntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(name="provider_day", fields=["provider", "on"])]
