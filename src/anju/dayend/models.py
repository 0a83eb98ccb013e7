"""The business day as rows: which days are closed, which step stands where."""

from django.db import models

from anju.core.lifecycles import DAY_RUN
from anju.platform.choices import choices


class DayRun(models.Model):
    """Day-end run 日终: one business date, closed once; running it again changes nothing."""

    business_on = models.DateField(unique=True)
    at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=choices(DAY_RUN), default="running")
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    report = models.JSONField(default=dict)
    digest = models.CharField(max_length=64, blank=True)
    error = models.TextField(max_length=4000, blank=True)


class DayStep(models.Model):
    """Day-end step 日终步骤: done in one transaction with its own row, so a killed run resumes at the next
    one.
    """

    run = models.ForeignKey(DayRun, on_delete=models.CASCADE, related_name="steps")
    ordinal = models.SmallIntegerField()
    name = models.CharField(max_length=40)
    finished_at = models.DateTimeField()
    seconds = models.FloatField()
    counts = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(name="day_step_once", fields=["run", "name"])]
