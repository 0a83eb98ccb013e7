"""A channel and a kind of address of its own for WeChat official accounts: rows of `wecom` stay as they are."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("contacts", "0005_agency_loans"),
    ]

    operations = [
        migrations.AlterField(
            model_name="address",
            name="kind",
            field=models.CharField(
                choices=[
                    ("phone", "phone"),
                    ("email", "email"),
                    ("wecom", "wecom"),
                    ("wechat", "wechat"),
                    ("push", "push"),
                    ("post", "post"),
                ],
                max_length=10,
            ),
        ),
        migrations.AlterField(
            model_name="appointment",
            name="channel",
            field=models.CharField(
                choices=[
                    ("inbox", "inbox"),
                    ("sms", "sms"),
                    ("email", "email"),
                    ("wecom", "wecom"),
                    ("wechat", "wechat"),
                    ("push", "push"),
                    ("call", "call"),
                    ("voice", "voice"),
                    ("visit", "visit"),
                    ("letter", "letter"),
                ],
                max_length=10,
            ),
        ),
        migrations.AlterField(
            model_name="contact",
            name="channel",
            field=models.CharField(
                choices=[
                    ("inbox", "inbox"),
                    ("sms", "sms"),
                    ("email", "email"),
                    ("wecom", "wecom"),
                    ("wechat", "wechat"),
                    ("push", "push"),
                    ("call", "call"),
                    ("voice", "voice"),
                    ("visit", "visit"),
                    ("letter", "letter"),
                ],
                max_length=10,
            ),
        ),
        migrations.AlterField(
            model_name="override",
            name="channel",
            field=models.CharField(
                choices=[
                    ("inbox", "inbox"),
                    ("sms", "sms"),
                    ("email", "email"),
                    ("wecom", "wecom"),
                    ("wechat", "wechat"),
                    ("push", "push"),
                    ("call", "call"),
                    ("voice", "voice"),
                    ("visit", "visit"),
                    ("letter", "letter"),
                ],
                max_length=10,
            ),
        ),
    ]
