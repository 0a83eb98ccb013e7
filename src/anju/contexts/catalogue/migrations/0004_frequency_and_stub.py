from django.db import migrations, models

FREQUENCIES = ("monthly", "fortnightly", "quarterly", "half_yearly", "yearly", "once")
STUBS = ("with_first", "separate", "at_payout")


class Migration(migrations.Migration):
    dependencies = [("catalogue", "0003_more_conventions")]

    operations = [
        migrations.AddField(
            "product",
            "frequency",
            models.CharField(
                choices=[(f, f) for f in FREQUENCIES], db_default="monthly", default="monthly", max_length=12
            ),
        ),
        migrations.AddField(
            "product",
            "stub",
            models.CharField(
                choices=[(s, s) for s in STUBS], db_default="with_first", default="with_first", max_length=10
            ),
        ),
    ]
