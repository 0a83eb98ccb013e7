"""What providers approved."""

from django.db import models
from django.db.models import Q

from anju.core.lifecycles import TEMPLATE_APPROVAL
from anju.platform.choices import choices

_LIVE = Q(state__in=["draft", "submitted", "approved"])
_TIMES = (
    Q(state="draft", submitted_at__isnull=True, decided_at__isnull=True, ended_at__isnull=True)
    | Q(state="submitted", submitted_at__isnull=False, decided_at__isnull=True, ended_at__isnull=True)
    | Q(state="approved", submitted_at__isnull=False, decided_at__isnull=False, ended_at__isnull=True)
    | Q(state="rejected", submitted_at__isnull=False, decided_at__isnull=False, ended_at__isnull=False)
    | Q(state="withdrawn", ended_at__isnull=False)
)


class TemplateApproval(models.Model):
    """Template approval 模板报备: what a provider says of one text on one channel in one language, by its hash.

    A changed text has another hash and needs its own approval. ``provider_code`` is the provider's name for the
    template, needed where it sends by code.
    """

    provider = models.CharField(max_length=40)
    channel = models.CharField(max_length=10)
    template = models.CharField(max_length=60)
    language = models.CharField(max_length=5)
    text_hash = models.CharField(max_length=16)
    provider_code = models.CharField(max_length=80, blank=True)
    state = models.CharField(max_length=10, choices=choices(TEMPLATE_APPROVAL), default="draft")
    created_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    by = models.CharField(max_length=80)
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        app_label = "notices"
        constraints = [
            models.UniqueConstraint(
                name="approval_one_live",
                fields=["provider", "channel", "template", "language", "text_hash"],
                condition=_LIVE,
            ),
            models.CheckConstraint(name="approval_state_has_times", condition=_TIMES),
        ]
        indexes = [models.Index(name="approval_of_template", fields=["template", "-id"])]
