"""Which contact a recording belongs to is asked every night."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("contacts", "0003_governor")]

    operations = [
        migrations.AddIndex(
            model_name="contact",
            index=models.Index(
                condition=models.Q(("recording_ref", ""), _negated=True),
                fields=["recording_ref"],
                name="contact_recording",
            ),
        ),
    ]
