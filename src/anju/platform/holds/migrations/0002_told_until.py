"""Which expected end the people of a held case were told last."""

from django.db import migrations, models

TOLD = """
UPDATE holds_holdcase c SET told_until_on = h.until_on FROM holds_hold h
 WHERE h.id = c.hold_id AND c.state IN ('held', 'released')
"""


class Migration(migrations.Migration):
    dependencies = [("holds", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="holdcase", name="told_until_on", field=models.DateField(null=True)
        ),
        migrations.RunSQL(TOLD, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name="holdcase",
            constraint=models.CheckConstraint(
                condition=models.Q(models.Q(("state", "held"), _negated=True), ("told_until_on__isnull", False), _connector="OR"),
                name="hold_case_held_was_told",
            ),
        ),
    ]  # fmt: skip
