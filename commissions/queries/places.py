"""Where dealers were, as far as a county asks. Parameter: `county`."""

# Every place that a dealer ever had, or was once said to have, with every county that it was ever in.
SAID = """(SELECT dealer_id, org_unit_id FROM dealers_dealerunit
           UNION SELECT dealer_id, org_unit_id FROM dealers_dealerunitevent) said
     JOIN (SELECT id, county_id FROM accounts_orgunit
           UNION SELECT id, county_id FROM accounts_orgunitevent) place ON place.id = said.org_unit_id"""
# Dealers that are, or were once said to be, of another county, at any time.
EVER_ELSEWHERE = f"SELECT said.dealer_id FROM {SAID} WHERE place.county_id <> %(county)s"  # noqa: S608 - constants
# Dealers that are of the county now or were at any time.
EVER_HERE = """
SELECT seen.dealer_id FROM dealers_dealerunit seen
  JOIN accounts_orgunit place ON place.id = seen.org_unit_id WHERE place.county_id = %(county)s"""
