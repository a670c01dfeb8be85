"""Plans for gifts and vouchers, their use by three people, and the monthly reconciliation.

See docs/inventory.md, "Gifts and vouchers".
"""

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import OrgUnit
from accounts.roles import Permission
from core import errors, sql, transitions
from core.errors import Forbidden
from core.models import Transition
from dealers.models import Dealer
from inventory import states
from inventory.models import (
    MaterialMonth,
    MaterialPlan,
    MovementLine,
    PlanItem,
    Product,
    Route,
    StockMovement,
    StockNode,
)
from inventory.queries import materials
from inventory.services import movement as movements
from inventory.services import planned
from inventory.services.planned import MaterialRefused

MOST_ITEMS = 5_000
SHOWN = 20
_BETWEEN = re.compile(r"[\s,，;；\t]+")


@dataclass(frozen=True)
class _Item:
    dealer: Dealer
    product: Product
    quantity: int


@transaction.atomic
def plan(*, activity: str, org_unit: OrgUnit, starts_on: date, ends_on: date, by: Any, at: datetime) -> MaterialPlan:
    """A draft plan without items."""
    _demand(by, Permission.PLAN_MATERIALS, org_unit)
    if ends_on < starts_on:
        raise MaterialRefused(_("A plan ends on or after the day on which it starts."), code="days")
    if not activity.strip():
        raise MaterialRefused(_("Name the activity."), code="activity")
    pk = sql.fetch_value("SELECT nextval(pg_get_serial_sequence('inventory_materialplan', 'id'))")
    row = MaterialPlan.objects.create(
        pk=pk,
        number=f"F{timezone.localtime(at):%Y%m%d}-{pk:05d}",
        activity=activity.strip()[:120],
        org_unit=org_unit,
        starts_on=starts_on,
        ends_on=ends_on,
        made_by=by,
        made_at=at,
    )
    transitions.record(row, action="make", before="", after="draft", by=by, at=at)
    return row


@transaction.atomic
def enter_items(*, plan: MaterialPlan, text: str, by: Any) -> int:
    """Lines `dealer code, material code, quantity`; a dealer's material that is there already gets the new quantity.

    Refused as a whole, with every line that is wrong. Returns how many were entered.
    """
    row = _draft(plan, by)
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if len(lines) > MOST_ITEMS:
        raise MaterialRefused(_("At most %(most)d lines at once.") % {"most": MOST_ITEMS}, code="too_long")
    items, wrong = _read(row, lines)
    if wrong or not items:
        more = f" … ({len(wrong)})" if len(wrong) > SHOWN else ""
        raise MaterialRefused("; ".join(wrong[:SHOWN]) + more if wrong else _("Enter at least one line."), code="lines")
    PlanItem.objects.bulk_create(
        [PlanItem(plan=row, dealer=one.dealer, product=one.product, quantity=one.quantity) for one in items],
        update_conflicts=True,
        unique_fields=["plan", "dealer", "product"],
        update_fields=["quantity"],
    )
    return len(items)


def _read(row: MaterialPlan, lines: list[str]) -> tuple[list[_Item], list[str]]:
    pieces = [_BETWEEN.split(line) for line in lines]
    dealers = Dealer.objects.filter(org_unit__path__startswith=row.org_unit.path)
    by_code = {one.code: one for one in dealers.filter(code__in={one[0] for one in pieces})}
    products = {one.code: one for one in Product.objects.filter(item_kind="material")}
    items: dict[tuple[int, int], _Item] = {}
    wrong = []
    for number, piece in enumerate(pieces, start=1):
        place = _("line %(number)d") % {"number": number}
        if len(piece) != 3:
            wrong.append(f"{place}: {_('dealer code, material code and quantity are needed')}")
            continue
        dealer, product = by_code.get(piece[0]), products.get(piece[1])
        if dealer is None:
            wrong.append(f"{place}: {_('no dealer %(code)s in the unit') % {'code': piece[0][:40]}}")
        elif product is None:
            wrong.append(f"{place}: {_('no material %(code)s') % {'code': piece[1][:40]}}")
        elif not piece[2].isdigit() or not 1 <= int(piece[2][:9]) <= 10_000_000:
            wrong.append(f"{place}: {_('“%(text)s” is no quantity') % {'text': piece[2][:40]}}")
        elif (dealer.pk, product.pk) in items:
            wrong.append(f"{place}: {_('the same dealer and material twice')}")
        else:
            items[dealer.pk, product.pk] = _Item(dealer, product, int(piece[2]))
    return list(items.values()), wrong


@transaction.atomic
def remove_item(*, plan: MaterialPlan, item: int, by: Any) -> None:
    """Take an item out of a draft."""
    row = _draft(plan, by)
    PlanItem.objects.filter(plan=row, pk=item).delete()


@transaction.atomic
def submit(*, plan: MaterialPlan, by: Any, at: datetime) -> MaterialPlan:
    """Ask for approval; the items are fixed."""
    row = _draft(plan, by)
    if not row.items.exists():
        raise MaterialRefused(_("There is nothing in the plan yet: enter dealers, materials and quantities."))
    return _moved(row, "submit", by=by, at=at)


@transaction.atomic
def approve(*, plan: MaterialPlan, by: Any, at: datetime) -> MaterialPlan:
    """Another person than made or submitted it."""
    row = _locked(plan)
    _demand(by, Permission.APPROVE_MATERIAL_PLANS, row.org_unit)
    transitions.demand(row, action="approve")
    submitted = Transition.objects.filter(
        subject_type=row._meta.label_lower, subject_id=row.pk, action="submit"
    ).values_list("by_id", flat=True)
    if by.pk in {row.made_by_id, *submitted}:
        raise Forbidden(_("Whoever made or submitted a plan cannot approve it."), code="same_person")
    row.approved_by = by
    row.save(update_fields=["approved_by"])
    return _moved(row, "approve", by=by, at=at)


@transaction.atomic
def reject(*, plan: MaterialPlan, reason: str, by: Any, at: datetime) -> MaterialPlan:
    """Send it back, with a reason."""
    row = _locked(plan)
    _demand(by, Permission.APPROVE_MATERIAL_PLANS, row.org_unit)
    return _moved(row, "reject", by=by, at=at, reason=_said(reason))


@transaction.atomic
def reopen(*, plan: MaterialPlan, by: Any, at: datetime) -> MaterialPlan:
    """Take a rejected plan up again, as a draft."""
    row = _locked(plan)
    _demand(by, Permission.PLAN_MATERIALS, row.org_unit)
    return _moved(row, "reopen", by=by, at=at)


@transaction.atomic
def close(*, plan: MaterialPlan, reason: str, by: Any, at: datetime) -> MaterialPlan:
    """Nothing more is used by it; uses that are approved are still carried out."""
    row = _locked(plan)
    _demand(by, Permission.PLAN_MATERIALS, row.org_unit)
    return _moved(row, "close", by=by, at=at, reason=_said(reason))


@transaction.atomic
def use(*, item: PlanItem, origin: StockNode, quantity: int, purpose: str, by: Any, at: datetime) -> StockMovement:
    """Ask for so many of a planned material from a node; another person approves, a third hands them out."""
    if by is None or not by.can(Permission.USE_MATERIALS):
        raise Forbidden(_("Your role may not use materials."))
    if not PlanItem.objects.visible_to(by).filter(pk=item.pk).exists():
        raise Forbidden(_("The dealer is outside your unit."))
    if quantity < 1:
        raise MaterialRefused(_("A quantity is 1 or more."), code="quantity")
    if not purpose.strip():
        raise MaterialRefused(_("Say what it is used for."), code="reason")
    if not materials.sources(item).filter(pk=origin.pk).exists():
        raise MaterialRefused(
            _("A dealer's material comes from his own node or from one of the operator's in his county."), code="node"
        )
    if not Route.objects.filter(movement_kind=states.BY_PLAN, origin_kind=origin.kind, destination_kind="").exists():
        raise MaterialRefused(_("No route: nothing may be used from %(node)s.") % {"node": origin}, code="route")
    planned.admit(item, quantity, on=timezone.localtime(at).date())
    row = movements.draft(
        kind=states.BY_PLAN, origin=origin, destination=None, reason=purpose.strip()[:200], plan_item=item, by=by, at=at
    )
    MovementLine.objects.create(movement=row, product=item.product, quantity=quantity)
    return movements.fix(row, by=by, at=at)


@transaction.atomic
def reconcile(*, account: MaterialMonth, counted: int, note: str, by: Any, at: datetime) -> MaterialMonth:
    """Hold a month's closing stock against what was counted; from then on the account stands still."""
    row = MaterialMonth.objects.select_for_update(of=("self",)).select_related("node", "product").get(pk=account.pk)
    if by is None or not by.can(Permission.RECONCILE_MATERIALS):
        raise Forbidden(_("Your role may not reconcile materials."))
    if not MaterialMonth.objects.visible_to(by).filter(pk=row.pk).exists():
        raise Forbidden(_("The warehouse is outside your unit."))
    if row.reconciled_at is not None:
        raise MaterialRefused(_("%(by)s has reconciled it already.") % {"by": row.reconciled_by}, code="reconciled")
    if timezone.localtime(at).date().replace(day=1) <= row.month:
        raise MaterialRefused(_("The month is not over yet."), code="month")
    if counted < 0:
        raise MaterialRefused(_("A quantity is 0 or more."), code="quantity")
    if counted != row.closing and not note.strip():
        raise MaterialRefused(
            _("Counted %(counted)d, in the books %(closing)d: say why.") % {"counted": counted, "closing": row.closing},
            code="reason",
        )
    row.counted, row.note, row.reconciled_by, row.reconciled_at = counted, note.strip()[:200], by, at
    row.save(update_fields=["counted", "note", "reconciled_by", "reconciled_at"])
    return row


def _locked(plan: MaterialPlan) -> MaterialPlan:
    return MaterialPlan.objects.select_for_update(of=("self",)).select_related("org_unit").get(pk=plan.pk)


def _draft(plan: MaterialPlan, by: Any) -> MaterialPlan:
    row = _locked(plan)
    _demand(by, Permission.PLAN_MATERIALS, row.org_unit)
    if row.state != "draft":
        raise MaterialRefused(_("The plan is submitted; its items are fixed."), code="fixed")
    return row


def _moved(row: MaterialPlan, action: str, *, by: Any, at: datetime, reason: str = "") -> MaterialPlan:
    transitions.move(row, action=action, by=by, at=at, reason=reason)
    return row


def _said(reason: str) -> str:
    return errors.said(reason, _("Say why."), refused=MaterialRefused, longest=200, code="reason")


def _demand(by: Any, permission: Permission, unit: OrgUnit) -> None:
    if by is None or not by.can(permission):
        raise Forbidden(_("Your role may not do this with a plan."))
    if not OrgUnit.objects.visible_to(by).filter(pk=unit.pk).exists():
        raise Forbidden(_("The unit is outside yours."))
