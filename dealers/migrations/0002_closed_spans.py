"""The days on which a dealer is terminated, derived from endings and agreements."""

from django.db import migrations

CREATE = """
CREATE VIEW dealers_closed_span AS
SELECT ending.dealer_id,
       ending.ended_on AS from_date,
       (SELECT min(again.starts_on) FROM dealers_agreement again
         WHERE again.dealer_id = ending.dealer_id AND again.starts_on > ending.ended_on) AS until_date,
       ending.cause
  FROM dealers_dealerending ending
UNION ALL
SELECT lapsed.dealer_id,
       lapsed.ends_on + 1,
       (SELECT min(again.starts_on) FROM dealers_agreement again
         WHERE again.dealer_id = lapsed.dealer_id AND again.starts_on > lapsed.ends_on + 1),
       'not_renewed'
  FROM dealers_agreement lapsed
 WHERE NOT EXISTS (
       SELECT FROM dealers_agreement other
        WHERE other.dealer_id = lapsed.dealer_id
          AND other.starts_on <= lapsed.ends_on + 1 AND other.ends_on > lapsed.ends_on);

COMMENT ON VIEW dealers_closed_span IS
    'Terminated from from_date until the day before until_date (null: still). See docs/dealers.md.';
"""


class Migration(migrations.Migration):
    dependencies = [("dealers", "0001_initial")]

    operations = [migrations.RunSQL(CREATE, "DROP VIEW dealers_closed_span")]
