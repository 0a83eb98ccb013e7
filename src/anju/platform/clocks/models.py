"""Deadlines as rows."""

from django.db import models
from django.db.models import Q

from anju.core.lifecycles import CLOCK
from anju.platform.choices import choices


class Clock(models.Model):
    """Clock 时限: a deadline about a subject, swept every few seconds; a breach is a fact.

    ``rule`` is ``{"kind": "wall"|"working_minutes"|"working_days", "amount": n}`` as in ``anju.core.sla``.
    """

    name = models.CharField(max_length=60)
    subject_type = models.CharField(max_length=40)
    subject_id = models.BigIntegerField()
    branch = models.ForeignKey("identity.Branch", on_delete=models.PROTECT)
    rule = models.JSONField()
    started_at = models.DateTimeField()
    due_at = models.DateTimeField()
    state = models.CharField(max_length=12, choices=choices(CLOCK), default="running")
    paused_at = models.DateTimeField(null=True)
    pause_reason = models.CharField(max_length=200, blank=True)
    remaining_minutes = models.IntegerField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="clock_paused_has_remaining",
                condition=Q(state="paused", paused_at__isnull=False, remaining_minutes__isnull=False)
                | ~Q(state="paused"),
            ),
            models.CheckConstraint(
                name="clock_ended_when_final",
                condition=Q(state__in=["running", "paused"], ended_at__isnull=True)
                | Q(state__in=["met", "breached", "cancelled"], ended_at__isnull=False),
            ),
            models.UniqueConstraint(
                name="clock_one_live_per_name",
                fields=["name", "subject_type", "subject_id"],
                condition=Q(state__in=["running", "paused"]),
            ),
        ]
        indexes = [models.Index(name="clock_due", fields=["due_at"], condition=Q(state="running"))]
