"""Products."""

from django.db import models

FREQUENCIES = ("monthly", "fortnightly", "quarterly", "half_yearly", "yearly", "once")
STUBS = ("with_first", "separate", "at_payout")
"""What ``core.schedule.Conventions`` knows; it checks that the two fit together."""


class Product(models.Model):
    """Product 贷款产品: how often is due, rounding, day count, first due rule and penalty uplift are its data, loaded from policy.

    ``frequency`` to ``instalment_rounding``: ``core.schedule.Conventions``; ``instalment_rounding`` empty: as ``rounding``. They are what
    every loan of the product is computed by, so they stay as they are once there is one: another way of counting is another code.
    ``prepayment_penalty``: tiers of ``core.schedule.PenaltyRule`` as objects, youngest first; none: no penalty.
    """

    code = models.CharField(max_length=20, unique=True)
    name_zh = models.CharField(max_length=60)
    name_en = models.CharField(max_length=60)
    loan_type = models.CharField(
        max_length=20, choices=[(c, c) for c in ("commercial_mortgage", "provident_fund_loan")]
    )
    home = models.CharField(max_length=8, choices=[(h, h) for h in ("first", "second")])
    first_due = models.CharField(max_length=16, choices=[(c, c) for c in ("next_month", "first_due_day")])
    penalty_uplift_ppm = models.IntegerField()
    frequency = models.CharField(
        max_length=12, choices=[(f, f) for f in FREQUENCIES], default="monthly", db_default="monthly"
    )
    stub = models.CharField(
        max_length=10, choices=[(s, s) for s in STUBS], default="with_first", db_default="with_first"
    )
    rounding = models.CharField(max_length=10, default="half_up")
    residue = models.CharField(max_length=5, default="last")
    whole_period = models.CharField(max_length=8, default="monthly")
    year_days = models.CharField(
        max_length=6, choices=[(d, d) for d in ("360", "365", "actual", "30/360")], default="360"
    )
    levelling = models.CharField(max_length=8, default="nominal")
    broken_time = models.CharField(max_length=12, default="days")
    broken_instalment = models.CharField(max_length=8, default="regular")
    instalment_unit_fen = models.IntegerField(default=1)
    instalment_rounding = models.CharField(max_length=10, default="", blank=True)
    prepayment_penalty = models.JSONField(default=list, blank=True)
    penalty_free_per_year_fen = models.BigIntegerField(default=0)
    document = models.CharField(max_length=200)
    active_from = models.DateField()
    active_to = models.DateField(null=True)
