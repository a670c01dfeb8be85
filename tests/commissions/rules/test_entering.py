"""Which monthly batch a correction enters."""

import pytest

from commissions.rules.entering import enters
from core.periods import Month

AUGUST, SEPTEMBER, OCTOBER, NOVEMBER = (Month(2026, number) for number in (8, 9, 10, 11))


@pytest.mark.parametrize(
    ("month", "batches", "expected"),
    [
        (SEPTEMBER, {}, SEPTEMBER),
        (SEPTEMBER, {AUGUST: "approved"}, SEPTEMBER),
        (SEPTEMBER, {SEPTEMBER: "calculated"}, SEPTEMBER),
        (SEPTEMBER, {SEPTEMBER: "submitted"}, OCTOBER),
        (SEPTEMBER, {SEPTEMBER: "paid"}, OCTOBER),
        (AUGUST, {AUGUST: "paid", SEPTEMBER: "paid", OCTOBER: "calculated"}, OCTOBER),
        (AUGUST, {AUGUST: "paid", SEPTEMBER: "paid", OCTOBER: "reviewed"}, NOVEMBER),
        (AUGUST, {SEPTEMBER: "paid"}, OCTOBER),  # August can no longer be settled
        (NOVEMBER, {SEPTEMBER: "paid", OCTOBER: "calculated"}, NOVEMBER),
    ],
)
def test_it_enters_the_batch_of_its_month_or_the_first_that_is_calculated_after(
    month: Month, batches: dict[Month, str], expected: Month
) -> None:
    assert enters(month, batches) == expected
