from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("servicing", "0005_provisional_rates")]

    operations = [migrations.AddField("loan", "first_due_on", models.DateField(null=True))]
