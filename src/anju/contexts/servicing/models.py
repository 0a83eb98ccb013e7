"""Loans and what happened to them. The future is computed, only the past is stored."""

from django.db import models
from django.db.models import F, Q

from anju.core.lifecycles import BILL, IMPORT, LOAN
from anju.platform.choices import choices
from anju.platform.identity.fields import EncryptedTextField


class ImportFile(models.Model):
    """Import 导入批次: one file handed in, whole or not at all; the same bytes again change nothing."""

    kind = models.CharField(max_length=10, choices=[(k, k) for k in ("loans", "payments")])
    name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    as_of_on = models.DateField(null=True)
    received_at = models.DateTimeField()
    loaded_at = models.DateTimeField(null=True)
    by = models.CharField(max_length=80)
    state = models.CharField(max_length=10, choices=choices(IMPORT), default="received")
    rows_total = models.IntegerField(default=0)
    rows_new = models.IntegerField(default=0)
    rows_changed = models.IntegerField(default=0)
    rows_same = models.IntegerField(default=0)
    rows_bad = models.IntegerField(default=0)
    error = models.CharField(max_length=400, blank=True)
    report = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="import_once_per_content", fields=["kind", "sha256"], condition=Q(state="loaded")
            )
        ]


class QuarantineRow(models.Model):
    """Quarantined row 隔离行: a value of a row that could not be taken, where it stands, and why."""

    import_file = models.ForeignKey(ImportFile, on_delete=models.CASCADE, related_name="quarantine")
    row_no = models.IntegerField()
    key = models.CharField(max_length=60, blank=True)
    column = models.CharField(max_length=40)
    value = EncryptedTextField()
    code = models.CharField(max_length=40)
    reason_zh = models.CharField(max_length=300)
    reason_en = models.CharField(max_length=300)

    class Meta:
        indexes = [models.Index(name="quarantine_file_row", fields=["import_file", "row_no"])]


class Loan(models.Model):
    """Mortgage loan 个人住房贷款: the contract's terms. Position and schedule are folds over it and its events.

    ``first_due_on``: the first due date as agreed where ``first_due`` does not give it; such a loan is moved by the fold.
    """

    loan_no = models.CharField(max_length=40, unique=True)
    branch = models.ForeignKey("identity.Branch", on_delete=models.PROTECT)
    product = models.ForeignKey("catalogue.Product", on_delete=models.PROTECT)
    borrower = models.ForeignKey("parties.Person", on_delete=models.PROTECT, related_name="loans")
    account_manager = models.ForeignKey("identity.Staff", null=True, on_delete=models.PROTECT)
    principal_fen = models.BigIntegerField()
    months = models.SmallIntegerField()
    method = models.CharField(max_length=16, choices=[(c, c) for c in ("level_payment", "level_principal")])
    start_on = models.DateField()
    due_day = models.SmallIntegerField()
    rate_kind = models.CharField(max_length=10, choices=[(c, c) for c in ("fixed", "lpr", "provident")])
    fixed_ppm = models.IntegerField(null=True)
    tenor = models.CharField(max_length=2, blank=True)
    spread_ppm = models.IntegerField(default=0)
    repricing = models.CharField(max_length=12, blank=True)
    cycle_months = models.SmallIntegerField(default=12)
    home = models.CharField(max_length=8, default="first")
    lpr_since = models.DateField(null=True)
    first_due = models.CharField(
        max_length=16, choices=[(c, c) for c in ("next_month", "first_due_day")], default="next_month"
    )
    first_due_on = models.DateField(null=True)
    state = models.CharField(max_length=10, choices=choices(LOAN), default="active")
    row_digest = models.CharField(max_length=64, blank=True)
    imported_by = models.ForeignKey(ImportFile, null=True, on_delete=models.PROTECT)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(name="loan_principal_positive", condition=Q(principal_fen__gt=0)),
            models.CheckConstraint(name="loan_months_range", condition=Q(months__gte=1, months__lte=480)),
            models.CheckConstraint(name="loan_due_day_range", condition=Q(due_day__gte=1, due_day__lte=31)),
            models.CheckConstraint(
                name="loan_rate_complete",
                condition=Q(rate_kind="fixed", fixed_ppm__isnull=False)
                | Q(rate_kind="lpr", tenor__in=["1y", "5y"])
                | Q(rate_kind="provident"),
            ),
        ]
        indexes = [models.Index(name="loan_branch", fields=["branch", "id"])]


class LoanParty(models.Model):
    """Party of a loan 贷款关系人: who stands in which role; an agent 受托人 or developer 开发商 owes nothing."""

    ROLES = ("borrower", "co_borrower", "guarantor", "agent", "developer")

    loan = models.ForeignKey(Loan, on_delete=models.PROTECT, related_name="loan_parties")
    person = models.ForeignKey("parties.Person", on_delete=models.PROTECT, related_name="loan_parties")
    role = models.CharField(max_length=12, choices=[(r, r) for r in ROLES])

    class Meta:
        constraints = [models.UniqueConstraint(name="loan_party_once", fields=["loan", "person", "role"])]


class LoanEvent(models.Model):
    """Loan event 贷款事件: bi-temporal; ``opening`` says how many periods were paid when the loan came in, ``repriced``
    what a repricing date brought, or what put it right later; the others are events of the plan (``plan/codec.py``)."""

    loan = models.ForeignKey(Loan, on_delete=models.PROTECT, related_name="events")
    kind = models.CharField(max_length=20)
    effective_on = models.DateField()
    recorded_at = models.DateTimeField()
    body = models.JSONField(default=dict)


class LoanChange(models.Model):
    """Plan change 还款计划变更: a plan event as it was accepted and posted; the figures are those of its quote."""

    event = models.OneToOneField(LoanEvent, primary_key=True, on_delete=models.PROTECT, related_name="change")
    idempotency_key = models.CharField(max_length=80, unique=True)
    body_hash = models.CharField(max_length=64)
    principal_fen = models.BigIntegerField()
    interest_fen = models.BigIntegerField()
    fee_fen = models.BigIntegerField()
    figures = models.JSONField()
    asked_on = models.DateField()
    policy_version = models.CharField(max_length=40)
    actor = models.CharField(max_length=80)


class Position(models.Model):
    """Position 贷款余额状态: the fold's checkpoint of one loan; ``as_of_on`` is the last closed day that changed it.

    ``opened_on``: close of this day is where our own history begins. ``seq_next``: number of the next instalment to be
    billed; ``balance_fen``: outstanding principal not yet billed (bills carry the rest); ``instalment_fen``: level
    payment, or principal part; ``next_*``: the coming instalment. ``unapplied_fen``: money received beyond what is due.

    The running period: it began on ``period_start_on`` at ``period_rate_ppm``; ``rate_ppm`` is in force since
    ``rate_since_on``; ``rate_days`` is the sum of ppm x days of its parts before that day (0: no change inside);
    ``instalment_after_fen`` is the level payment from the next period on. ``next_reprice_on``: next repricing date.

    ``provisional_on``: the first repricing date whose LPR was not loaded when it came (None: all known); ``corrected_on``: when such
    rates were last put right, so that the history of rates is what was applied. ``added_interest_fen``: interest of the past that
    falls due with the next instalment, part of ``next_interest_fen``.

    ``by_fold``: the loan has plan events, or a product with conventions of its own, so it is moved by ``core.schedule`` and not
    by the set-based statements; what they keep of the running period then only repeats the rate and the instalment.
    """

    loan = models.OneToOneField(Loan, primary_key=True, on_delete=models.PROTECT, related_name="position")
    seq_next = models.SmallIntegerField()
    balance_fen = models.BigIntegerField()
    instalment_fen = models.BigIntegerField()
    rate_ppm = models.IntegerField()
    opened_on = models.DateField()
    period_start_on = models.DateField()
    period_rate_ppm = models.IntegerField()
    rate_since_on = models.DateField()
    rate_days = models.BigIntegerField(default=0)
    instalment_after_fen = models.BigIntegerField()
    next_reprice_on = models.DateField(null=True)
    next_due_on = models.DateField(null=True)
    next_principal_fen = models.BigIntegerField(default=0)
    next_interest_fen = models.BigIntegerField(default=0)
    oldest_unpaid_due_on = models.DateField(null=True)
    overdue_fen = models.BigIntegerField(default=0)
    days_past_due = models.IntegerField(default=0)
    unapplied_fen = models.BigIntegerField(default=0)
    as_of_on = models.DateField()
    by_fold = models.BooleanField(db_default=False, default=False)
    provisional_on = models.DateField(null=True)
    corrected_on = models.DateField(null=True)
    added_interest_fen = models.BigIntegerField(db_default=0, default=0)

    @property
    def is_as_applied(self) -> bool:
        """Whether only its own events tell its history: the tables of rates alone may say otherwise."""
        return self.by_fold or self.provisional_on is not None or self.corrected_on is not None

    class Meta:
        indexes = [
            models.Index(
                name="position_provisional",
                fields=["provisional_on"],
                condition=Q(provisional_on__isnull=False),
            ),
            models.Index(name="position_by_fold", fields=["loan"], condition=Q(by_fold=True)),
            models.Index(name="position_next_due", fields=["next_due_on"]),
            models.Index(name="position_next_reprice", fields=["next_reprice_on"]),
            models.Index(
                name="position_overdue",
                fields=["days_past_due"],
                condition=Q(oldest_unpaid_due_on__isnull=False),
            ),
        ]


class Bill(models.Model):
    """Bill 期供账单: one instalment that fell due, and what of it is paid.

    ``holiday``: a due date of a payment holiday, nothing to pay. ``stub``: interest before the first whole period, due alone (首段利息;
    ``core.schedule.Conventions``), numbered 0. ``prepayment``, ``payoff``: what a plan event cost, with its
    fee, paid at once from money received; ``seq`` is then that of the due date before it.
    """

    KINDS = ("instalment", "holiday", "prepayment", "payoff", "stub")
    NUMBERED = ("instalment", "holiday")
    DUE = (*NUMBERED, "stub")

    loan = models.ForeignKey(Loan, on_delete=models.PROTECT, related_name="bills")
    kind = models.CharField(
        max_length=10, choices=[(k, k) for k in KINDS], db_default="instalment", default="instalment"
    )
    seq = models.SmallIntegerField()
    due_on = models.DateField()
    principal_fen = models.BigIntegerField()
    interest_fen = models.BigIntegerField()
    rate_ppm = models.IntegerField()
    balance_after_fen = models.BigIntegerField()
    fee_fen = models.BigIntegerField(db_default=0, default=0)
    paid_principal_fen = models.BigIntegerField(default=0)
    paid_interest_fen = models.BigIntegerField(default=0)
    state = models.CharField(max_length=6, choices=choices(BILL), default="open")
    paid_on = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="bill_once_per_instalment",
                fields=["loan", "seq"],
                condition=Q(kind__in=("instalment", "holiday")),
            ),
            models.UniqueConstraint(name="bill_stub_once", fields=["loan"], condition=Q(kind="stub")),
            models.CheckConstraint(
                name="bill_of_event_paid",
                condition=Q(kind__in=("instalment", "stub"), fee_fen=0)
                | Q(kind="holiday", fee_fen=0, state="paid")
                | Q(kind__in=("prepayment", "payoff"), fee_fen__gte=0, state="paid"),
            ),
            models.CheckConstraint(
                name="bill_paid_within",
                condition=Q(
                    paid_principal_fen__gte=0,
                    paid_interest_fen__gte=0,
                    paid_principal_fen__lte=F("principal_fen"),
                    paid_interest_fen__lte=F("interest_fen"),
                ),
            ),
            models.CheckConstraint(
                name="bill_paid_state",
                condition=Q(state="open", paid_on__isnull=True)
                | Q(
                    state="paid",
                    paid_on__isnull=False,
                    paid_principal_fen=F("principal_fen"),
                    paid_interest_fen=F("interest_fen"),
                ),
            ),
        ]
        indexes = [models.Index(name="bill_open", fields=["loan", "due_on"], condition=Q(state="open"))]


class Payment(models.Model):
    """Payment 还款: money received for a loan; ``external_ref`` makes a second delivery change nothing."""

    STATES = ("received", "posted", "before_opening")

    external_ref = models.CharField(max_length=60, unique=True)
    loan = models.ForeignKey(Loan, on_delete=models.PROTECT, related_name="payments")
    amount_fen = models.BigIntegerField()
    paid_on = models.DateField()
    channel = models.CharField(max_length=20, blank=True)
    received_at = models.DateTimeField()
    state = models.CharField(max_length=14, choices=[(s, s) for s in STATES], default="received")
    posted_on = models.DateField(null=True)
    unapplied_fen = models.BigIntegerField(default=0)
    import_file = models.ForeignKey(ImportFile, null=True, on_delete=models.PROTECT)

    class Meta:
        constraints = [
            models.CheckConstraint(name="payment_positive", condition=Q(amount_fen__gt=0)),
            models.CheckConstraint(
                name="payment_unapplied_within",
                condition=Q(unapplied_fen__gte=0, unapplied_fen__lte=F("amount_fen")),
            ),
        ]
        indexes = [
            models.Index(name="payment_unapplied", fields=["loan"], condition=Q(unapplied_fen__gt=0)),
            models.Index(name="payment_unposted", fields=["paid_on"], condition=Q(state="received")),
            models.Index(name="payment_loan", fields=["loan", "-paid_on"]),
        ]


class Allocation(models.Model):
    """Allocation 冲抵: which part of which payment covered which part of which bill."""

    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="allocations")
    bill = models.ForeignKey(Bill, on_delete=models.PROTECT, related_name="allocations")
    component = models.CharField(max_length=10, choices=[(c, c) for c in ("interest", "principal", "fee")])
    amount_fen = models.BigIntegerField()
    posted_on = models.DateField()


class MirrorDifference(models.Model):
    """Mirror difference 核对差异: a figure of the tape that differs from ours, to the fen or the day."""

    FIELDS = ("balance", "next_instalment", "days_past_due")

    import_file = models.ForeignKey(ImportFile, on_delete=models.CASCADE, related_name="differences")
    loan = models.ForeignKey(Loan, on_delete=models.PROTECT)
    as_of_on = models.DateField()
    field = models.CharField(max_length=20, choices=[(f, f) for f in FIELDS])
    stated = models.BigIntegerField()
    computed = models.BigIntegerField()

    class Meta:
        indexes = [models.Index(name="mirror_file", fields=["import_file", "field"])]


class LedgerDay(models.Model):
    """Ledger day 账务日: one row; the last business date whose arrears were aged. Imports ask it what is closed."""

    closed_on = models.DateField()
