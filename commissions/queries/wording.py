"""Rules and conditions in words, in the active language."""

from decimal import Decimal

from django.utils.translation import gettext as _

from commissions.models import CommissionRule
from commissions.rules import values


def yuan_words(amount: Decimal | None) -> str:
    """Yuan as people write it: ¥1,234.50, −¥3.00; a dash where there is none."""
    if amount is None:
        return "–"
    return f"{'−' if amount < 0 else ''}¥{abs(amount):,.2f}"


def rule_scope_words(rule: CommissionRule) -> str:
    """What a rule's scope names, or that it is for everything."""
    parts = []
    if rule.product_id and rule.product:
        parts.append(_("product %(name)s") % {"name": rule.product.name})
    if rule.product_family:
        parts.append(_("family %(name)s") % {"name": rule.product_family})
    if rule.tier:
        parts.append(str(rule.get_tier_display()))
    if rule.org_unit_id and rule.org_unit:
        parts.append(rule.org_unit.name)
    return _(", ").join(parts) if parts else _("for all products, tiers and places")


def condition_words(condition: values.Condition) -> str:
    """One condition as a short phrase."""
    words = {
        values.Test.IN_NETWORK: _("in network at the end of the month"),
        values.Test.ACTIVE: _("active in the month"),
        values.Test.ACTIVE_MONTHS: _("active in each of %(k)s months") % {"k": condition.k},
        values.Test.NO_ARREARS: _("no arrears at the end of the month"),
        values.Test.MIN_BILLED: _("billed at least %(amount)s") % {"amount": yuan_words(condition.value)},
        values.Test.FEE_KEPT: _("billed at least the plan's fee"),
        values.Test.EXCLUSIVE: _("the store is exclusive or a mall"),
        values.Test.PURE_NEW: _("a new subscriber, not a returning one"),
    }
    return words[condition.test]
