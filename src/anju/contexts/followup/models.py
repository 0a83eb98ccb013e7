"""Follow-up visits."""

from django.db import models
from django.db.models import Q

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
    refusal_text = models.CharField(max_length=400, blank=True)
    refused_by_role = models.CharField(max_length=12, blank=True)
    timetable_version = models.CharField(max_length=16, blank=True)
    noticed_at = models.DateTimeField(null=True)
    work_opened_on = models.DateField(null=True)
    done_at = models.DateTimeField(null=True)
    done_by = models.ForeignKey("identity.Staff", null=True, on_delete=models.PROTECT)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="visit_once_per_node", fields=["loan", "node"]),
            models.CheckConstraint(
                name="visit_done_is_graded",
                condition=~Q(state="done")
                | (Q(ability__range=(1, 5), willingness__range=(1, 5)) & ~Q(opinion="")),
            ),
            models.CheckConstraint(
                name="visit_refused_has_reason",
                condition=~Q(state="refused") | (~Q(refusal_reason="") & ~Q(refused_by_role="")),
            ),
        ]
        indexes = [
            models.Index(name="visit_due", fields=["due_on"], condition=Q(state__in=["planned", "noticed"])),
            models.Index(name="visit_person", fields=["person_id"]),
        ]
