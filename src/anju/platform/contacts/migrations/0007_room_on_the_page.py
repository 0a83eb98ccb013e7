"""A contact is reserved, and soon after it took place: room on its page keeps the second word off the indexes."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("contacts", "0006_wechat"),
    ]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE contacts_contact SET (fillfactor = 60)",
            "ALTER TABLE contacts_contact RESET (fillfactor)",
        ),
    ]
