from django.db import migrations, models

# What was applied provisionally and changed the rate is in the events; it is put right with the next day end.
_KNOWN = """
UPDATE servicing_position p SET provisional_on = e.first_on
FROM (SELECT loan_id, min(effective_on) AS first_on FROM servicing_loanevent
      WHERE kind = 'repriced' AND (body ->> 'provisional')::boolean GROUP BY loan_id) AS e
WHERE p.loan_id = e.loan_id
"""


class Migration(migrations.Migration):

    dependencies = [("servicing", "0004_spread_ppm")]

    operations = [
        migrations.AddField("position", "provisional_on", models.DateField(null=True)),
        migrations.AddField("position", "corrected_on", models.DateField(null=True)),
        migrations.AddField("position", "added_interest_fen", models.BigIntegerField(db_default=0, default=0)),
        migrations.AddIndex(
            "position",
            models.Index(
                condition=models.Q(provisional_on__isnull=False),
                fields=["provisional_on"],
                name="position_provisional",
            ),
        ),
        migrations.RunSQL(_KNOWN, migrations.RunSQL.noop),
    ]
