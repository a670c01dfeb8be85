"""Competitor levels, and the rules of a policy that pay more than they do."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Max, QuerySet
from django.utils.translation import gettext as _

from commissions import words
from commissions.models import CommissionPolicy, CommissionRule, CompetitorLevel
from commissions.queries import policy_pages
from commissions.rules import competitor as rules
from commissions.rules.values import Basis
from inventory.models import Product


def visible(user: Any) -> QuerySet[CompetitorLevel]:
    """The levels recorded within the user's scope, with unit and recorder."""
    return CompetitorLevel.objects.visible_to(user).select_related("org_unit", "recorded_by")


@dataclass(frozen=True)
class CompetitorWarning:
    """A rule that pays more than a competitor for the same business."""

    rule: CommissionRule
    level: CompetitorLevel
    pays: Decimal

    @property
    def text(self) -> str:
        return _(
            "Rule %(rule)s pays up to %(value)s for %(business)s, above the level of %(competitor)s: %(level)s "
            "(%(unit)s, %(month)s)."
        ) % {
            "rule": self.rule.code,
            "value": words.figure(self.rule, self.pays),
            "business": self.rule.get_business_type_display(),
            "competitor": self.level.competitor,
            "level": words.figure(self.level, self.level.value),
            "unit": self.level.org_unit,
            "month": f"{self.level.month:%Y-%m}",
        }

    def __str__(self) -> str:
        return self.text


def competitor_warnings(policy: CommissionPolicy) -> list[CompetitorWarning]:
    """The policy's rules that pay more than the latest recorded levels, in the order of its pages: four queries.

    A level counts for a rule whose area it lies in or contains; of each unit, competitor,
    family and basis the latest month counts.
    """
    found = list(policy_pages.rules(policy))
    latest: dict[tuple[Any, ...], CompetitorLevel] = {}
    businesses = {rule.business_type for rule in found}
    levels = CompetitorLevel.objects.filter(business_type__in=businesses).select_related("org_unit")
    for level in levels.order_by("month", "pk"):
        key = (level.org_unit_id, level.competitor, level.business_type, level.product_family, level.basis)
        latest[key] = level
    if not latest:
        return []
    fees = _fees(found)
    owner = policy.org_unit
    return [
        warning
        for rule in found
        for level in latest.values()
        if level.business_type == rule.business_type
        and _near(level.org_unit.path, (rule.org_unit or owner).path)
        and (warning := _compare(rule, level, fees)) is not None
    ]


def _near(one: str, other: str) -> bool:
    return one.startswith(other) or other.startswith(one)


def _fees(found: Iterable[CommissionRule]) -> dict[str, Decimal | None]:
    """The highest monthly fee of each family, and of all plans (''), that the rules may concern."""
    rows = Product.objects.exclude(monthly_fee=None).values("family").annotate(most=Max("monthly_fee"))
    fees: dict[str, Decimal | None] = {row["family"]: row["most"] for row in rows}
    fees[""] = max((fee for fee in fees.values() if fee is not None), default=None)
    return fees


def _compare(rule: CommissionRule, level: CompetitorLevel, fees: dict[str, Decimal | None]) -> CompetitorWarning | None:
    pays = rules.highest(rule.value, [Decimal(bracket["value"]) for bracket in rule.brackets or ()])
    family = rule.product.family if rule.product else rule.product_family
    mine = rules.Offer(Basis(rule.basis), pays, family)
    theirs = rules.Offer(Basis(level.basis), level.value, level.product_family)
    if not rules.same_business(mine, theirs):
        return None
    fee = rule.product.monthly_fee if rule.product else fees.get(family or level.product_family)
    return CompetitorWarning(rule, level, pays) if rules.exceeds(mine, theirs, fee=fee) else None
