"""Cases of arrears, the rungs they climb, calls and promises."""

from django.db import models
from django.db.models import Q

from anju.core.lifecycles import COLLECTIONS_CASE, PROMISE
from anju.platform.choices import choices


class Case(models.Model):
    """Collections case 催收案件: one stretch of arrears of one loan, from the first overdue day to the cure."""

    loan = models.ForeignKey("servicing.Loan", on_delete=models.PROTECT, related_name="cases")
    person_id = models.BigIntegerField()
    branch = models.ForeignKey("identity.Branch", on_delete=models.PROTECT)
    state = models.CharField(max_length=6, choices=choices(COLLECTIONS_CASE), default="open")
    opened_on = models.DateField()
    rung = models.SmallIntegerField(default=0)
    rung_since = models.DateField(null=True)
    days_past_due = models.IntegerField(default=0)
    overdue_fen = models.BigIntegerField(default=0)
    closed_on = models.DateField(null=True)
    close_reason = models.CharField(max_length=40, blank=True)
    owner_role = models.CharField(max_length=20, default="system")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="case_one_open_per_loan", fields=["loan"], condition=Q(state="open")
            ),
            models.CheckConstraint(
                name="case_closed_has_date",
                condition=Q(state="open", closed_on__isnull=True)
                | Q(state="closed", closed_on__isnull=False),
            ),
            models.CheckConstraint(name="case_rung_range", condition=Q(rung__gte=0, rung__lte=4)),
        ]
        indexes = [
            models.Index(
                name="case_open_branch", fields=["branch", "-rung", "id"], condition=Q(state="open")
            ),
            models.Index(name="case_loan_opened", fields=["loan", "-opened_on"]),
        ]


class RungMove(models.Model):
    """Rung move 预警级别变动: a case entered a rung of the overdue ladder on a day; kept for ever."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="moves")
    from_rung = models.SmallIntegerField()
    to_rung = models.SmallIntegerField()
    on = models.DateField()
    days_past_due = models.IntegerField()
    overdue_fen = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(name="rung_move_once", fields=["case", "to_rung", "on"])]


class Call(models.Model):
    """Call 通话记录: time, content and result of one call (S3-19); append-only; recording announced at its
    start.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="calls")
    contact_id = models.BigIntegerField(unique=True)
    staff = models.ForeignKey("identity.Staff", on_delete=models.PROTECT)
    work_item_id = models.BigIntegerField(null=True)
    at = models.DateTimeField()
    outcome_code = models.CharField(max_length=40)
    answered = models.BooleanField(default=False)
    identity_checked = models.BooleanField(default=False)
    willingness = models.CharField(max_length=20, blank=True)
    overdue_reason = models.CharField(max_length=40, blank=True)
    note = models.TextField(max_length=4000, blank=True)
    recording_ref = models.CharField(max_length=120, blank=True)
    recording_manual = models.BooleanField(default=False)
    details = models.JSONField(default=dict)
    policy_version = models.CharField(max_length=16, blank=True)
    idempotency_key = models.CharField(max_length=80, unique=True)
    body_hash = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="call_answered_is_recorded", condition=Q(answered=False) | ~Q(recording_ref="")
            ),
        ]
        indexes = [models.Index(name="call_case_at", fields=["case", "-at"])]


class PromiseToPay(models.Model):
    """Promise to pay 还款承诺: an amount by a date, kept or broken by the ledger alone."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="promises")
    call = models.ForeignKey(Call, null=True, on_delete=models.PROTECT, related_name="promises")
    amount_fen = models.BigIntegerField()
    due_on = models.DateField()
    taken_at = models.DateTimeField()
    taken_by = models.ForeignKey("identity.Staff", on_delete=models.PROTECT)
    idempotency_key = models.CharField(max_length=80, unique=True)
    body_hash = models.CharField(max_length=64)
    state = models.CharField(max_length=10, choices=choices(PROMISE), default="open")
    paid_fen = models.BigIntegerField(default=0)
    resolved_on = models.DateField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="promise_positive", condition=Q(amount_fen__gt=0)),
            models.UniqueConstraint(
                name="promise_one_open_per_case", fields=["case"], condition=Q(state="open")
            ),
        ]
        indexes = [models.Index(name="promise_due", fields=["due_on"], condition=Q(state="open"))]
