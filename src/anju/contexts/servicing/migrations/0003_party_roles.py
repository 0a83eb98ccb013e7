from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("servicing", "0002_plan_events")]

    operations = [
        migrations.AlterField(
            model_name="loanparty",
            name="role",
            field=models.CharField(
                choices=[
                    ("borrower", "borrower"),
                    ("co_borrower", "co_borrower"),
                    ("guarantor", "guarantor"),
                    ("agent", "agent"),
                    ("developer", "developer"),
                ],
                max_length=12,
            ),
        ),
    ]
