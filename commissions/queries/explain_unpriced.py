"""Why nothing at all prices a sale: rule by rule, what does not fit. See docs/commissions.md, "Why this amount"."""

from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import OrgUnit
from commissions.models import CommissionRule, UnpricedRecord
from commissions.queries.policies import rules_near
from core import sql
from core.periods import Month
from dealers.states import Tier
from inventory.models import SalesRecord

NAMED = 5  # rules that are named with what does not fit

SELLER = """
SELECT unit.id AS unit_id, unit.path, unit.county_id,
       (SELECT tier FROM dealers_dealertier tier WHERE tier.dealer_id = span.dealer_id AND tier.valid_from <= %(day)s
         ORDER BY valid_from DESC LIMIT 1) AS tier,
       (SELECT from_date FROM dealers_closed_span closed WHERE closed.dealer_id = span.dealer_id
           AND closed.from_date <= %(day)s AND (closed.until_date IS NULL OR closed.until_date > %(day)s)
         ORDER BY from_date DESC LIMIT 1) AS ended_on
  FROM dealers_dealerunit span JOIN accounts_orgunit unit ON unit.id = span.org_unit_id
 WHERE span.dealer_id = %(dealer)s AND span.valid_from <= %(day)s
 ORDER BY span.valid_from DESC LIMIT 1
"""


def why_unpriced(record: SalesRecord) -> str:
    """One or two sentences, in the active language."""
    if record.seller_id is None:
        return _("No seller: BOSS names no dealer and nobody held the card.")
    day = record.event_date
    seller = sql.fetch_one(SELLER, {"dealer": record.seller_id, "day": day})
    if seller is None or seller["county_id"] is None:
        return _("The seller belonged to no county on %(day)s.") % {"day": _day(day)}
    if seller["ended_on"] is not None:
        return _("Sold on %(day)s, when the seller's cooperation had ended: since %(ended)s it earns nothing.") % {
            "day": _day(day),
            "ended": _day(seller["ended_on"]),
        }
    rules = rules_near(path=seller["path"], business_type=record.business_type)
    misfits = [(rule, _misfit(rule, record, seller)) for rule in rules]
    fitting = [rule for rule, reason in misfits if not reason]
    if fitting:
        feeless = [rule for rule in fitting if rule.basis == "percent_of_fee" and record.product.monthly_fee is None]
        if len(feeless) == len(fitting):
            return _("Rule %(rule)s pays a share of the monthly fee, but product %(product)s has none.") % {
                "rule": ", ".join(rule.code for rule in feeless[:NAMED]),
                "product": record.product.name,
            }
        if UnpricedRecord.objects.filter(record=record).exclude(batch__state="void").exists():
            return _("When it was last settled no rule fitted; %(rule)s would now. The next calculation prices it.") % {
                "rule": fitting[0].code
            }
        return _("Not settled yet: no batch of %(month)s has been calculated since it came in.") % {
            "month": Month.of(day)
        }
    if not rules:
        return _("No published rule of the seller's county, city or province is for %(business)s.") % {
            "business": record.get_business_type_display()
        }
    named = "; ".join(
        _("%(rule)s: %(reason)s") % {"rule": rule.code, "reason": reason} for rule, reason in misfits[:NAMED]
    )
    more = len(misfits) - NAMED
    if more > 0:
        named += _("; and %(count)s more") % {"count": more}
    return _("No published rule fits – %(rules)s.") % {"rules": named}


def _day(day: date) -> str:
    return date_format(day, "Y-m-d")


def _misfit(rule: CommissionRule, record: SalesRecord, seller: dict[str, Any]) -> str:
    """The first thing that keeps the rule from the sale; empty if it fits."""
    day = record.event_date
    if day < rule.effective_from:
        return _("in force only from %(day)s") % {"day": _day(rule.effective_from)}
    if rule.effective_to and day > rule.effective_to:
        return _("in force only until %(day)s") % {"day": _day(rule.effective_to)}
    if rule.product_id and rule.product_id != record.product_id and rule.product:
        return _("for product %(name)s") % {"name": rule.product.name}
    if rule.product_family and rule.product_family != record.product.family:
        return _("for family %(name)s, not %(other)s") % {"name": rule.product_family, "other": record.product.family}
    if rule.tier and rule.tier != seller["tier"]:
        tiers = dict(Tier.choices)
        return _("for tier %(tier)s, the store was %(other)s") % {
            "tier": tiers.get(rule.tier, rule.tier),
            "other": tiers.get(seller["tier"], "–"),
        }
    place: OrgUnit | None = rule.org_unit or rule.owner
    if place is not None and not seller["path"].startswith(place.path):
        return _("for stores of %(unit)s") % {"unit": place.name}
    return ""
