"""The criteria of the tiers and what each tier may sell, to start with; edited in admin from then on."""

from datetime import date

from django.db import migrations

SINCE = date(2020, 1, 1)
ANY_LOCATION = "city_street|town_street|large_village|telecom_district|core_retail_district"

CRITERIA = [
    # tier, attribute, operator, value, can be waived
    ("partner", "location_kind", "in", ANY_LOCATION, False),
    ("partner", "floor_area", "at_least", "10", True),
    ("exclusive", "location_kind", "in", ANY_LOCATION, False),
    ("exclusive", "floor_area", "at_least", "30", True),
    ("exclusive", "main_business", "in", "mobile_business|terminal_sales", False),
    ("exclusive", "boss_connected", "equals", "yes", False),
    ("exclusive", "cooperation_months", "at_least", "3", False),
    ("exclusive", "exclusive_agreement", "equals", "yes", False),
    ("exclusive", "accepts_assessment", "equals", "yes", False),
    ("mall", "location_kind", "in", "telecom_district|core_retail_district", False),
    ("mall", "floor_area", "at_least", "50", True),
    ("mall", "main_business", "in", "mobile_business|terminal_sales", False),
    ("mall", "boss_connected", "equals", "yes", False),
    ("mall", "cooperation_months", "at_least", "3", False),
    ("mall", "exclusive_agreement", "equals", "yes", False),
    ("mall", "accepts_assessment", "equals", "yes", False),
    ("mall", "terminal_rank", "at_most", "3", False),
    ("mall", "special_evaluation", "equals", "yes", False),
]

PARTNER = ["activation", "port_in", "terminal", "recharge", "service"]
EVERYTHING = [*PARTNER, "broadband", "plan_upgrade"]
BUSINESS = {"partner": PARTNER, "exclusive": EVERYTHING, "mall": EVERYTHING}


def add(apps, schema_editor):
    criterion = apps.get_model("dealers", "TierCriterion")
    criterion.objects.bulk_create(
        criterion(tier=tier, attribute=attribute, operator=operator, value=value, waivable=waivable, valid_from=SINCE)
        for tier, attribute, operator, value, waivable in CRITERIA
    )
    business = apps.get_model("dealers", "TierBusiness")
    business.objects.bulk_create(
        business(tier=tier, business_type=one) for tier, types in BUSINESS.items() for one in types
    )


class Migration(migrations.Migration):
    dependencies = [("dealers", "0002_closed_spans")]

    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
