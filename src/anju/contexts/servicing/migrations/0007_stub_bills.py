from django.db import migrations, models
from django.db.models import Q

KINDS = ("instalment", "holiday", "prepayment", "payoff", "stub")


class Migration(migrations.Migration):
    dependencies = [("servicing", "0006_first_due_on")]

    operations = [
        migrations.AlterField(
            "bill",
            "kind",
            models.CharField(
                choices=[(k, k) for k in KINDS], db_default="instalment", default="instalment", max_length=10
            ),
        ),
        migrations.RemoveConstraint("bill", "bill_of_event_paid"),
        migrations.AddConstraint(
            "bill",
            models.CheckConstraint(
                name="bill_of_event_paid",
                condition=Q(kind__in=("instalment", "stub"), fee_fen=0)
                | Q(kind="holiday", fee_fen=0, state="paid")
                | Q(kind__in=("prepayment", "payoff"), fee_fen__gte=0, state="paid"),
            ),
        ),
        migrations.AddConstraint(
            "bill", models.UniqueConstraint(name="bill_stub_once", fields=["loan"], condition=Q(kind="stub"))
        ),
    ]
