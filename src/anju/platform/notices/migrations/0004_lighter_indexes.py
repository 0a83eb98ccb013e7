"""Every change of an obligation writes each of its indexes: those that nothing reads go, a summary by time comes."""

import django.contrib.postgres.indexes
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("identity", "0001_initial"),
        ("notices", "0003_template_approvals"),
    ]

    operations = [
        migrations.AlterField(
            model_name="obligation",
            name="branch",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, to="identity.branch"
            ),
        ),
        migrations.AddIndex(
            model_name="obligation",
            index=django.contrib.postgres.indexes.BrinIndex(
                fields=["owed_at"], name="obligation_owed", pages_per_range=32
            ),
        ),
        # Django adds it to every text key for searches by beginning; nobody searches for half a hash.
        migrations.RunSQL(
            "DROP INDEX notices_content_hash_baade09e_like",
            "CREATE INDEX notices_content_hash_baade09e_like ON notices_content (hash varchar_pattern_ops)",
        ),
    ]
