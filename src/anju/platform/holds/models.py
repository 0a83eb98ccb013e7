"""Holds and the cases that wait for them."""

from django.db import models
from django.db.models import Q

from anju.core.lifecycles import HOLD, HOLD_CASE
from anju.platform.choices import choices


class Hold(models.Model):
    """Policy-change hold 政策搁置: many cases wait for one reason until an expected day.

    ``reason`` is told to the people concerned as it stands; ``selection`` is what the supervisor chose by. ``key`` makes
    opening it idempotent. ``skipped``: cases that waited for another hold already and were left there.
    """

    key = models.CharField(max_length=80, unique=True)
    reason = models.CharField(max_length=200)
    until_on = models.DateField()
    note = models.CharField(max_length=400, blank=True)
    selection = models.JSONField(default=dict)
    branch = models.ForeignKey("identity.Branch", on_delete=models.PROTECT)
    state = models.CharField(max_length=10, choices=choices(HOLD), default="applying")
    total = models.IntegerField()
    skipped = models.IntegerField(default=0)
    opened_at = models.DateTimeField()
    opened_by = models.CharField(max_length=80)
    release_note = models.CharField(max_length=400, blank=True)
    release_at = models.DateTimeField(null=True)
    release_by = models.CharField(max_length=80, blank=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="hold_releasing_has_time",
                condition=Q(state__in=["applying", "active"], release_at__isnull=True)
                | Q(state__in=["releasing", "released"], release_at__isnull=False),
            ),
            models.CheckConstraint(
                name="hold_ended_when_released",
                condition=Q(state="released", ended_at__isnull=False)
                | (~Q(state="released") & Q(ended_at__isnull=True)),
            ),
        ]
        indexes = [
            models.Index(name="hold_moving", fields=["id"], condition=Q(state__in=["applying", "releasing"]))
        ]


class HoldCase(models.Model):
    """Case on hold 被搁置的业务: one subject that waits; ``clock_ids`` are the clocks this hold stopped.

    ``told_until_on``: the expected end people were told last; when it is not the hold's any more they are told anew.
    """

    hold = models.ForeignKey(Hold, on_delete=models.PROTECT, related_name="cases")
    subject_type = models.CharField(max_length=40)
    subject_id = models.BigIntegerField()
    person_id = models.BigIntegerField()
    branch = models.ForeignKey("identity.Branch", on_delete=models.PROTECT)
    label = models.CharField(max_length=60)
    state = models.CharField(max_length=10, choices=choices(HOLD_CASE), default="waiting")
    held_at = models.DateTimeField(null=True)
    released_at = models.DateTimeField(null=True)
    told_until_on = models.DateField(null=True)
    clock_ids = models.JSONField(default=list)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="hold_case_one_live_per_subject",
                fields=["subject_type", "subject_id"],
                condition=Q(state__in=["waiting", "held"]),
            ),
            models.CheckConstraint(
                name="hold_case_held_has_time",
                condition=Q(state="waiting", held_at__isnull=True, released_at__isnull=True)
                | Q(state="held", held_at__isnull=False, released_at__isnull=True)
                | Q(state="released", held_at__isnull=False, released_at__isnull=False)
                | Q(state="dropped", held_at__isnull=True, released_at__isnull=False),
            ),
            models.CheckConstraint(
                name="hold_case_held_was_told", condition=~Q(state="held") | Q(told_until_on__isnull=False)
            ),
        ]
        indexes = [
            models.Index(
                name="hold_case_live", fields=["hold", "id"], condition=Q(state__in=["waiting", "held"])
            ),
            models.Index(name="hold_case_subject", fields=["subject_type", "subject_id"]),
        ]
