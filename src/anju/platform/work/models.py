"""Work for people, and heartbeats of jobs."""

from django.db import models
from django.db.models import Q

from anju.core.lifecycles import WORK_ITEM
from anju.platform.choices import choices


class WorkItem(models.Model):
    """Work item 工作项: one thing a person must do, in one queue, with a deadline and an outcome.

    ``kind`` names what it is (``collections.call``, ``notices.exception``, ``risk.review`` ...); ``queue``
    the role that works it; ``params`` the figures its title shows. ``dedupe_key`` keeps one live item per
    purpose. ``not_before_at`` hides it from everybody until then, or, when ``skipped_by`` is set, from that
    person only.
    """

    queue = models.CharField(max_length=40)
    kind = models.CharField(max_length=60)
    subject_type = models.CharField(max_length=40)
    subject_id = models.BigIntegerField()
    person_id = models.BigIntegerField(null=True)
    branch = models.ForeignKey("identity.Branch", on_delete=models.PROTECT)
    params = models.JSONField(default=dict)
    priority = models.SmallIntegerField(default=5)
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField()
    not_before_at = models.DateTimeField(null=True)
    state = models.CharField(max_length=12, choices=choices(WORK_ITEM), default="open")
    assignee = models.ForeignKey(
        "identity.Staff", null=True, on_delete=models.PROTECT, related_name="assigned"
    )
    holder = models.ForeignKey("identity.Staff", null=True, on_delete=models.PROTECT, related_name="held")
    claimed_at = models.DateTimeField(null=True)
    claim_ends_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(
        "identity.Staff", null=True, on_delete=models.PROTECT, related_name="closed"
    )
    outcome_code = models.CharField(max_length=40, blank=True)
    note = models.TextField(blank=True, max_length=4000)
    skip_count = models.SmallIntegerField(default=0)
    skipped_by = models.ForeignKey(
        "identity.Staff", null=True, on_delete=models.PROTECT, related_name="skipped"
    )
    dedupe_key = models.CharField(max_length=120)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="work_one_live_per_key",
                fields=["dedupe_key"],
                condition=Q(state__in=["open", "claimed"]),
            ),
            models.CheckConstraint(
                name="work_claimed_has_holder",
                condition=Q(state="claimed", holder__isnull=False, claim_ends_at__isnull=False)
                | ~Q(state="claimed"),
            ),
            models.CheckConstraint(
                name="work_closed_when_final",
                condition=Q(state__in=["open", "claimed"], closed_at__isnull=True)
                | Q(state__in=["done", "cancelled"], closed_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(
                name="work_next", fields=["branch", "queue", "due_at", "id"], condition=Q(state="open")
            ),
            models.Index(name="work_subject", fields=["subject_type", "subject_id"]),
            models.Index(name="work_claims", fields=["claim_ends_at"], condition=Q(state="claimed")),
            models.Index(name="work_held", fields=["holder"], condition=Q(state="claimed")),
        ]


class Heartbeat(models.Model):
    """Heartbeat 心跳: when a periodic job last ran well; silence is an alarm."""

    job = models.CharField(max_length=80, primary_key=True)
    every_seconds = models.IntegerField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True, max_length=2000)
