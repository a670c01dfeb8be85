"""The executed tables of docs/dealers.md."""

from datetime import date

import pytest

from dealers.models import Agreement, DealerEnding, DealerSuspension
from dealers.queries import history
from dealers.rules.tier_check import months_completed
from tests.examples.tables import executed
from tests.factories import make_city, make_dealer

TABLES = executed("dealers.md")


def span(text):
    first, last = text.split("…")
    return date.fromisoformat(first), date.fromisoformat(last) if last else None


@pytest.mark.parametrize("row", TABLES["months of cooperation"])
def test_months_of_cooperation(row):
    assert months_completed(date.fromisoformat(row["Start"]), date.fromisoformat(row["Day"])) == int(row["Months"])


@pytest.mark.django_db
@pytest.mark.parametrize("row", TABLES["stage of a day"])
def test_stage_of_a_day(row):
    dealer = make_dealer(make_city()[1], cooperation_start=date.fromisoformat(row["Start"]))
    for number, term in enumerate(filter(None, row["Agreements"].split(", "))):
        first, last = span(term)
        Agreement.objects.create(dealer=dealer, number=f"D{number}", starts_on=first, ends_on=last)
    if row["Ended on"]:
        DealerEnding.objects.create(dealer=dealer, ended_on=row["Ended on"], cause="closed")
    if row["Suspended"]:
        first, last = span(row["Suspended"])
        DealerSuspension.objects.create(dealer=dealer, from_date=first, to_date=last, reason="x")
    found = history.standing(dealer=dealer, day=date.fromisoformat(row["Day"]))
    assert (found.stage or "") == row["Stage"]
