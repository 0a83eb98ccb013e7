"""Products."""

from django.db import models


class Product(models.Model):
    """Product 贷款产品: rounding, day count, first due rule and penalty uplift are its data, loaded from policy.

    ``rounding``, ``residue``, ``whole_period``, ``year_days``: ``core.schedule.Conventions``. ``prepayment_penalty``: tiers of
    ``core.schedule.PenaltyRule`` as objects, youngest first; none: no penalty.
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
    rounding = models.CharField(max_length=10, default="half_up")
    residue = models.CharField(max_length=5, default="last")
    whole_period = models.CharField(max_length=8, default="monthly")
    year_days = models.CharField(
        max_length=6, choices=[(d, d) for d in ("360", "365", "actual")], default="360"
    )
    prepayment_penalty = models.JSONField(default=list, blank=True)
    penalty_free_per_year_fen = models.BigIntegerField(default=0)
    document = models.CharField(max_length=200)
    active_from = models.DateField()
    active_to = models.DateField(null=True)
