"""Versions of dated policy data."""

from django.db import models
from django.db.models import F, Q

from anju.core.lifecycles import POLICY_PROPOSAL
from anju.platform.choices import choices

_CHECKED = Q(checked_by__isnull=False, checked_at__isnull=False, proposed_at__isnull=False)
_PROPOSAL_TIMES = (
    Q(state="draft", proposed_at__isnull=True, checked_at__isnull=True, ended_at__isnull=True)
    | Q(state="proposed", proposed_at__isnull=False, checked_at__isnull=True, ended_at__isnull=True)
    | _CHECKED & Q(state="approved", activate_on__isnull=False, ended_at__isnull=True)
    | _CHECKED & Q(state="active", activate_on__isnull=False, ended_at__isnull=False)
    | _CHECKED & Q(state="rejected", ended_at__isnull=False)
    | Q(state="withdrawn", ended_at__isnull=False)
)
"""Every state of a proposal, and the instants it must and must not have."""


class PolicyVersion(models.Model):
    """Policy version 政策数据版本: the exact content of one policy file, kept by hash for ever.

    ``name`` is the file name (``lpr.csv``, ``journeys.toml`` ...). The version in force is the last one
    loaded: the one with the highest ``load_no`` (from a sequence). Loading an old version again gives it a
    new number.
    """

    name = models.CharField(max_length=60)
    version = models.CharField(max_length=16)
    content = models.TextField()
    load_no = models.BigIntegerField()
    loaded_at = models.DateTimeField()
    loaded_by = models.CharField(max_length=80)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["name", "version"], name="policy_name_version")]
        indexes = [models.Index(name="policy_in_force", fields=["name", "-load_no"])]


class PolicyProposal(models.Model):
    """Policy proposal 政策修改申请: a change of one policy file that one person asks for and another one approves.

    ``base_version`` is the version it starts from; when another one is in force by its day, it is rejected and
    ``conflict_version`` names that one. ``dry_run`` keeps what the change would have done to the past.
    """

    name = models.CharField(max_length=60)
    base_version = models.CharField(max_length=16)
    version = models.CharField(max_length=16)
    content = models.TextField()
    reason = models.CharField(max_length=500, blank=True)
    state = models.CharField(max_length=10, choices=choices(POLICY_PROPOSAL), default="draft")
    proposed_by = models.ForeignKey("identity.Staff", on_delete=models.PROTECT, related_name="+")
    drafted_at = models.DateTimeField()
    proposed_at = models.DateTimeField(null=True)
    checked_by = models.ForeignKey("identity.Staff", null=True, on_delete=models.PROTECT, related_name="+")
    checked_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=500, blank=True)
    activate_on = models.DateField(null=True)
    ended_at = models.DateTimeField(null=True)
    conflict_version = models.CharField(max_length=16, blank=True)
    dry_run = models.JSONField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="proposal_checked_by_another",
                condition=Q(checked_by__isnull=True) | ~Q(checked_by=F("proposed_by")),
            ),
            models.CheckConstraint(name="proposal_state_has_times", condition=_PROPOSAL_TIMES),
        ]
        indexes = [
            models.Index(name="proposal_of_file", fields=["name", "-id"]),
            models.Index(name="proposal_due", fields=["activate_on", "id"], condition=Q(state="approved")),
        ]
