from django.db import migrations

# One rewrite of the table: as fast as it can be, and no row is left behind in basis points.
_TO_PPM = "ALTER TABLE servicing_loan ALTER COLUMN spread_ppm TYPE integer USING spread_ppm * 100"
_TO_BP = """
DO $$ BEGIN
  IF EXISTS (SELECT 1 FROM servicing_loan WHERE spread_ppm % 100 <> 0) THEN
    RAISE EXCEPTION 'a spread has parts of a basis point: the older version cannot hold it';
  END IF;
END $$;
ALTER TABLE servicing_loan ALTER COLUMN spread_ppm TYPE integer USING spread_ppm / 100
"""


class Migration(migrations.Migration):

    dependencies = [("servicing", "0003_party_roles")]

    operations = [
        migrations.RenameField("loan", "spread_bp", "spread_ppm"),
        migrations.RunSQL(_TO_PPM, _TO_BP),
    ]
