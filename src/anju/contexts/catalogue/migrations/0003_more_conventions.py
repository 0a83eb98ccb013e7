from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("catalogue", "0002_conventions")]

    operations = [
        migrations.AlterField(
            "product",
            "year_days",
            models.CharField(
                choices=[("360", "360"), ("365", "365"), ("actual", "actual"), ("30/360", "30/360")],
                default="360",
                max_length=6,
            ),
        ),
        migrations.AddField("product", "levelling", models.CharField(default="nominal", max_length=8)),
        migrations.AddField("product", "broken_time", models.CharField(default="days", max_length=12)),
        migrations.AddField("product", "broken_instalment", models.CharField(default="regular", max_length=8)),
        migrations.AddField("product", "instalment_unit_fen", models.IntegerField(default=1)),
        migrations.AddField(
            "product", "instalment_rounding", models.CharField(blank=True, default="", max_length=10)
        ),
    ]
