"""Rules, instalments and conditions in words, for people who did not write the file."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from commissions.models import CommissionRule, CompetitorLevel
from commissions.rules.brackets import WARNINGS, BracketWarning
from commissions.rules.values import Condition

Text = str | Promise
COUNTS = ("gap", "overlap")


def yuan(amount: Decimal | None) -> str:
    """Yuan as people write it: ¥1,234.50, −¥3.00; a dash where there is none."""
    if amount is None:
        return "–"
    return f"{'−' if amount < 0 else ''}¥{abs(amount):,.2f}"


def percent(value: Any) -> str:
    """A rate (0.1250) as 12.5%."""
    text = f"{Decimal(str(value)) * 100:f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text) + "%"


def figure(rule: CommissionRule | CompetitorLevel, value: Any) -> str:
    """A value of the rule (or of a competitor): yuan per record, or a share of fee or amount."""
    if rule.basis == "fixed":
        return _("%(total)s per record") % {"total": yuan(Decimal(str(value)))}
    if rule.basis == "percent_of_fee":
        return _("%(rate)s of the plan's monthly fee") % {"rate": percent(value)}
    return _("%(rate)s of the record's amount") % {"rate": percent(value)}


def scope(rule: CommissionRule) -> list[str]:
    """What narrows the rule; empty if it holds for everything of its owner."""
    found = []
    if rule.product_id:
        found.append(_("product %(name)s") % {"name": rule.product.name})  # type: ignore[union-attr]
    if rule.product_family:
        found.append(_("product family %(name)s") % {"name": rule.product_family})
    if rule.tier:
        found.append(str(rule.get_tier_display()))
    if rule.org_unit_id:
        found.append(rule.org_unit.name)  # type: ignore[union-attr]
    return found


def scope_or_all(rule: CommissionRule) -> str:
    """What the rule's scope names, or that it is for everything."""
    return _(", ").join(scope(rule)) or _("for all products, tiers and places")


@dataclass(frozen=True)
class BracketRow:
    """From the `start`-th record to the `end`-th (None: and all further)."""

    start: int
    end: int | None
    text: str

    @property
    def span(self) -> str:
        if self.end is None:
            return _("from %(start)s on") % {"start": self.start}
        return f"{self.start} – {self.end}"


def brackets(rule: CommissionRule) -> list[BracketRow]:
    """The bracket table; empty for a rule with one value."""
    rows: Sequence[dict[str, Any]] = rule.brackets or ()
    ends = ([int(row["from"]) - 1 for row in rows[1:]] + [None]) if rows else []
    return [BracketRow(int(row["from"]), end, figure(rule, row["value"])) for row, end in zip(rows, ends, strict=True)]


def bracket_warnings(rule: CommissionRule, found: Sequence[BracketWarning]) -> list[str]:
    """What is odd in the rule's bracket table, as sentences."""
    money = rule.basis == "fixed"
    return [
        _(WARNINGS[one.code])
        % {
            "start": one.start,
            "before": f"¥{one.before:,.2f}" if money and one.code not in COUNTS else f"{one.before:f}",
            "after": f"¥{one.after:,.2f}" if money and one.code not in COUNTS else f"{one.after:f}",
        }
        for one in found
    ]


@dataclass(frozen=True)
class InstalmentRow:
    """One instalment in words."""

    number: int
    share: str
    due: str
    conditions: list[str]


def instalments(rule: CommissionRule) -> list[InstalmentRow]:
    """When which share falls due, and on what conditions."""
    return [
        InstalmentRow(number, percent(one["share"]), due(int(one["offset"])), conditions(one.get("conditions", ())))
        for number, one in enumerate(rule.instalments, start=1)
    ]


def due(offset: int) -> str:
    """The due month, counted from the month of the sale."""
    if not offset:
        return _("in the month of the sale")
    return ngettext("%(count)s month later", "%(count)s months later", offset) % {"count": offset}


def conditions(found: Sequence[dict[str, Any]]) -> list[str]:
    """Conditions of an instalment, each as a sentence."""
    return [condition(one) for one in found]


def condition(one: dict[str, Any]) -> str:
    """One condition, as `{"test": …}` of a rule."""
    sentences: dict[str, Text] = {
        "in_network": _("in network at the end of the due month"),
        "active": _("active in the due month"),
        "active_months": _("active in each of the last %(k)s months") % {"k": one.get("k")},
        "no_arrears": _("no arrears at the end of the due month"),
        "min_billed": _("billed at least %(amount)s in the due month")
        % {"amount": yuan(Decimal(str(one["value"]))) if one.get("value") else ""},
        "fee_kept": _("billed at least the plan's monthly fee"),
        "exclusive": _("the store is exclusive or a mall at the end of the due month"),
        "pure_new": _("not suspected to be a returning subscriber"),
    }
    return str(sentences.get(one["test"], one["test"]))


def told(found: Condition) -> str:
    """One condition of a rule's plain value, as a sentence."""
    return condition({"test": found.test.value, "k": found.k, "value": found.value})
