"""Conditions: what a situation assumes, and what always holds of a verdict."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from commissions.rules.conditions import Situation, SubscriberMonth, Thresholds, Verdict, judge, months_needed
from commissions.rules.values import Condition, Instalment, Test
from core.periods import Month

DUE = Month(2026, 9)
figures = st.none() | st.sampled_from([Decimal(0), Decimal("9.99"), Decimal(10), Decimal(30), Decimal(58)])
rows = st.none() | st.builds(SubscriberMonth, st.booleans(), figures, figures, figures, figures)
tests = st.lists(st.sampled_from(list(Test)), unique=True, max_size=8).map(
    lambda found: tuple(
        Condition(
            test,
            k=3 if test == Test.ACTIVE_MONTHS else None,
            value=Decimal(30) if test == Test.MIN_BILLED else None,
        )
        for test in found
    )
)


def test_a_situation_is_good_unless_said_otherwise() -> None:
    situation = Situation(due=DUE, has_subscriber=True, find=lambda month: SubscriberMonth(True))
    later = Instalment(1, Decimal(1), (Condition(Test.IN_NETWORK), Condition(Test.PURE_NEW)))
    assert judge(later, situation).reason is None
    assert judge(later, situation).missing == ()


def test_thresholds_are_settings() -> None:
    month = SubscriberMonth(True, call_minutes=Decimal(5), data_mb=Decimal(5))
    active = Instalment(1, Decimal(1), (Condition(Test.ACTIVE),))
    for thresholds, reason in (
        (Thresholds(), "active"),
        (Thresholds(call_minutes=Decimal(5)), None),
        (Thresholds(data_mb=Decimal(5)), None),
    ):
        found = judge(active, Situation(DUE, True, lambda _: month, thresholds=thresholds))
        assert found.reason == reason


def test_the_months_that_a_condition_reads() -> None:
    assert months_needed(Condition(Test.ACTIVE_MONTHS, k=3), due=Month(2027, 1)) == [
        Month(2026, 11),
        Month(2026, 12),
        Month(2027, 1),
    ]
    assert months_needed(Condition(Test.FEE_KEPT), due=DUE) == [DUE]
    assert months_needed(Condition(Test.EXCLUSIVE), due=DUE) == []


def test_what_fails_does_not_count_while_data_for_an_earlier_condition_are_missing() -> None:
    later = Instalment(1, Decimal(1), (Condition(Test.ACTIVE_MONTHS, k=2), Condition(Test.PURE_NEW)))
    good = SubscriberMonth(True, Decimal(99))
    for absent, expected in ((DUE, Verdict(None, (DUE,))), (None, Verdict("pure_new"))):
        situation = Situation(DUE, True, lambda _: good, lambda month, gone=absent: month != gone, suspect=True)
        assert judge(later, situation) == expected


@given(tests, st.lists(rows, min_size=3, max_size=3), st.booleans(), st.booleans())
def test_the_order_of_the_file_does_not_matter(
    conditions: tuple[Condition, ...], months: list[SubscriberMonth | None], suspect: bool, named: bool
) -> None:
    situation = Situation(DUE, named, lambda month: months[DUE - month], tier="mall", suspect=suspect)
    verdict = judge(Instalment(2, Decimal(1), conditions), situation)
    assert judge(Instalment(2, Decimal(1), conditions[::-1]), situation) == verdict
    alone = {item.test: judge(Instalment(2, Decimal(1), (item,)), situation).reason for item in conditions}
    failing = [test.value for test in Test if alone.get(test)]
    assert verdict.reason == (failing[0] if failing else None)


@given(tests, st.sets(st.integers(0, 2)), st.booleans())
def test_missing_months_decide_nothing_and_are_all_named(
    conditions: tuple[Condition, ...], absent: set[int], named: bool
) -> None:
    """With a subscriber that meets everything, every month that is read and absent is named."""
    good = SubscriberMonth(True, Decimal(99), Decimal(99), Decimal(99), None)
    verdict = judge(
        Instalment(2, Decimal(1), conditions),
        Situation(DUE, named, lambda _: good, lambda month: DUE - month not in absent, tier="mall"),
    )
    read = {month for item in conditions for month in months_needed(item, due=DUE)}
    expected = sorted(month for month in read if DUE - month in absent)
    assert list(verdict.missing) == (expected if named else [])
    assert not (verdict.missing and verdict.reason)
