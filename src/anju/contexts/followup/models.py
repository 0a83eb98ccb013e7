"""Follow-up visits."""

from django.db import models

from anju.core.lifecycles import VISIT
from anju.platform.choices import choices


class Visit(models.Model):
    """Follow-up visit 回访: one node of the standard timetable for one borrower of one loan."""

    loan = models.ForeignKey("servicing.Loan", on_delete=models.PROTECT, related_name="visits")
    person_id = models.BigIntegerField()
    branch = models.ForeignKey("identity.Branch", on_delete=models.PROTECT)
    node = models.CharField(max_length=20)
    due_on = models.DateField()
    state = models.CharField(max_length=10, choices=choices(VISIT), default="planned")
    ability = models.SmallIntegerField(null=True)
    willingness = models.SmallIntegerField(null=True)
    opinion = models.TextField(max_length=2000, blank=True)
    refusal_reason = models.CharField(max_length=20, blank=True)
    refused_by_role = models.CharField(max_length=12, blank=True)
    done_at = models.DateTimeField(null=True)
    done_by = models.ForeignKey("identity.Staff", null=True, on_delete=models.PROTECT)

    class Meta:
        constraints = [models.UniqueConstraint(name="visit_once_per_node", fields=["loan", "node"])]
        indexes = [models.Index(name="visit_due", fields=["due_on"])]
