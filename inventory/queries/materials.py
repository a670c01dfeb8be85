"""Plans for materials, what they allow, and the monthly accounts."""

from typing import Any

from django.db.models import F, QuerySet, Sum

from inventory.models import MaterialMonth, MaterialPlan, PlanItem, StockMovement, StockNode


def plans(user: Any) -> QuerySet[MaterialPlan]:
    """The plans of the user's units, and those that name one of his dealers; for a dealer only what is approved."""
    seen = MaterialPlan.objects.visible_to(user).order_by().values("pk")
    rows = MaterialPlan.objects.filter(pk__in=seen).select_related("org_unit", "made_by", "approved_by")
    return rows.filter(state__in=["approved", "closed"]) if user.is_dealer else rows


def items(plan: MaterialPlan, user: Any) -> QuerySet[Any]:
    """What the plan allows the dealers in the user's scope; all of it to whoever has the plan's unit."""
    rows = PlanItem.objects.filter(plan=plan).select_related("dealer", "product").order_by("dealer__code", "product")
    if not user.is_dealer and user.org_unit and plan.org_unit.path.startswith(user.org_unit.path):
        return rows
    return rows.filter(pk__in=PlanItem.objects.visible_to(user).values("pk"))


def open_items(user: Any) -> QuerySet[Any]:
    """Items of plans that the user may ask for."""
    rows = PlanItem.objects.visible_to(user).select_related("plan", "dealer", "product")
    return rows.filter(plan__state="approved").annotate(left=F("quantity") - F("used"))


def totals(plan: MaterialPlan) -> list[Any]:
    """By material: planned and spent."""
    rows = PlanItem.objects.filter(plan=plan).order_by("product__code").values("product__name")
    return list(rows.annotate(planned=Sum("quantity"), spent=Sum("used")))


def uses(plan: MaterialPlan, user: Any) -> QuerySet[StockMovement]:
    """The uses by the plan that the user may see, the latest first."""
    rows = StockMovement.objects.visible_to(user).filter(plan_item__plan=plan)
    return rows.select_related("origin", "plan_item__dealer", "plan_item__product").order_by("-pk")


def sources(item: PlanItem) -> QuerySet[StockNode]:
    """Where the item's material may come from: the dealer's own node, and those of the operator in his county."""
    county = item.dealer.org_unit.county_id or item.dealer.org_unit_id
    rows = StockNode.objects.filter(dealer=None, org_unit__county=county).exclude(kind="city")
    return (rows | StockNode.objects.filter(dealer=item.dealer)).order_by("kind", "code")


def accounts(user: Any) -> QuerySet[MaterialMonth]:
    """The monthly accounts of nodes within the scope."""
    return MaterialMonth.objects.visible_to(user).select_related("node__dealer", "product", "reconciled_by")
