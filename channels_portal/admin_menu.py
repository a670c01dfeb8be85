"""The admin's side menu, in the order in which an administrator needs it."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _


def sidebar(request: HttpRequest) -> list[dict[str, Any]]:
    """Groups of {title, icon, link}; every administrator sees the same."""
    return [
        _group(
            "",
            (_("Overview"), "dashboard", "index"),
            (_("Users"), "group", "accounts_user_changelist"),
            (_("Org units"), "account_tree", "accounts_orgunit_changelist"),
            (_("Locked sign-ins"), "lock", "axes_accessattempt_changelist"),
        ),
        _group(
            _("Rules"),
            (_("Commission policies"), "policy", "commissions_commissionpolicy_changelist"),
            (_("Commission rules"), "rule", "commissions_commissionrule_changelist"),
            (_("Competitor levels"), "compare_arrows", "commissions_competitorlevel_changelist"),
            (_("Tier criteria"), "checklist", "dealers_tiercriterion_changelist"),
            (_("Businesses of the tiers"), "storefront", "dealers_tierbusiness_changelist"),
            (_("Waivers"), "verified", "dealers_tierwaiver_changelist"),
            (_("Checklists"), "fact_check", "audits_checklisttemplate_changelist"),
            (_("Violation types"), "gavel", "audits_violationtype_changelist"),
        ),
        _group(
            _("System"),
            (_("Settings"), "tune", "constance_config_changelist"),
            (_("Schedule"), "schedule", "django_celery_beat_periodictask_changelist"),
        ),
        _group(
            _("To look at"),
            (_("Dealers"), "store", "dealers_dealer_changelist"),
            (_("Agreements"), "contract", "dealers_agreement_changelist"),
            (_("Payment accounts"), "credit_card", "dealers_dealeraccount_changelist"),
            (_("Products"), "inventory_2", "inventory_product_changelist"),
            (_("Stock nodes"), "warehouse", "inventory_stocknode_changelist"),
            (_("Cards"), "sim_card", "inventory_card_changelist"),
            (_("Sales"), "receipt_long", "inventory_salesrecord_changelist"),
            (_("Visits"), "location_on", "audits_visit_changelist"),
            (_("Violations"), "report", "audits_violation_changelist"),
            (_("Batches"), "calculate", "commissions_settlementbatch_changelist"),
            (_("Statements"), "description", "commissions_statement_changelist"),
            (_("Commission lines"), "format_list_bulleted", "commissions_commissionline_changelist"),
            (_("Payments"), "payments", "commissions_payment_changelist"),
            (_("Pool entries"), "savings", "commissions_poolentry_changelist"),
            (_("Store subsidies"), "home", "commissions_subsidy_changelist"),
            (_("Budgets"), "account_balance", "commissions_budget_changelist"),
            (_("Points rules"), "stars", "commissions_pointsrule_changelist"),
            (_("Rewards"), "redeem", "commissions_pointsitem_changelist"),
            (_("Points entries"), "loyalty", "commissions_pointsentry_changelist"),
            (_("Redemptions"), "shopping_bag", "commissions_redemption_changelist"),
            (_("Over-budget approvals"), "price_check", "commissions_overbudgetapproval_changelist"),
        ),
    ]


def _group(title: str, *items: tuple[str, str, str]) -> dict[str, Any]:
    return {
        "title": title,
        "separator": bool(title),
        "items": [{"title": label, "icon": icon, "link": reverse(f"admin:{name}")} for label, icon, name in items],
    }
