"""Load numbers come from a sequence, so a number is never used twice, not even after a rollback."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("policies", "0001_initial")]
    operations = [
        migrations.RunSQL(
            "CREATE SEQUENCE policies_load_no OWNED BY policies_policyversion.load_no",
            "DROP SEQUENCE policies_load_no",
        )
    ]
