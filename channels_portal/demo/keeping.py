"""What keepers and auditors have at hand: gifts by a plan, counts of stock, prices and a credit."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction

from accounts.models import User
from channels_portal.demo import loading
from channels_portal.demo.plan import Plan
from dealers.models import Dealer
from inventory.bulk import material_months
from inventory.models import Card, DealerCredit, MaterialPlan, PlanItem, Product, ProductPrice, StockMovement, StockNode
from inventory.services import amounts, material, movement_lines, movement_receipt, stocktake
from inventory.services import movement as moving

PRICES = {"SIM-4G": "10.00", "SIM-5G": "15.00"}
GIFTS = (("LP-TISSUE", "抽纸礼盒"), ("LP-UMBRELLA", "折叠伞"))


def set_prices(plan: Plan) -> None:
    """The price list, and a credit limit for every level-1 agent."""
    for code, price in PRICES.items():
        product = Product.objects.filter(code=code).first()
        if product:
            ProductPrice.objects.get_or_create(
                product=product, tier="", valid_from=plan.first.first, defaults={"price": price}
            )
    agents = Dealer.objects.filter(node__kind="agent1", credit=None).order_by("code")
    DealerCredit.objects.bulk_create(DealerCredit(dealer=dealer, credit_limit="5000.00") for dealer in agents)


@transaction.atomic
def keep(plan: Plan) -> None:
    """Gifts that came in, a plan with a use that is done and one that waits, two counts, a receipt."""
    city = StockNode.objects.filter(kind="city").order_by("code").first()
    county = StockNode.objects.filter(kind="county").select_related("org_unit").order_by("code").first()
    if city is None or county is None or MaterialPlan.objects.exists():
        return
    hands = _Hands(plan, county)
    gifts = [
        Product.objects.get_or_create(code=code, defaults={"name": name, "item_kind": "material"})[0]
        for code, name in GIFTS
    ]
    for gift in gifts:
        hands.bring(gift, city, county)
    dealers = list(Dealer.objects.filter(node__parent=county).order_by("code")[:4])
    if dealers:
        hands.give_away(gifts, dealers, county)
        amounts.enter_receipt(
            dealer=dealers[0],
            amount=Decimal("150.00"),
            received_on=plan.today - timedelta(days=3),
            bank_reference=f"YH{plan.today:%Y%m%d}0001",
            by=User.objects.filter(role="finance_clerk").order_by("username")[0],
            at=hands.at,
        )
    hands.count(county, missing=1)
    agent = StockNode.objects.filter(parent=county, cards__state="in_stock").order_by("code").first()
    if agent:
        hands.count(agent, sample=5)
    material_months.nightly(today=plan.today)


class _Hands:
    """Those who keep, count, plan and approve in the demo's first county."""

    def __init__(self, plan: Plan, county: StockNode) -> None:
        self.plan = plan
        self.at = loading.evening(plan.today - timedelta(days=2))
        self.keeper = User.objects.get(username="keeper")
        self.city = User.objects.get(username="city")
        self.supervisor = self._of("county_supervisor", county)
        self.manager = self._of("channel_manager", county)
        self.auditor = User.objects.filter(role="auditor").order_by("username")[0]

    @staticmethod
    def _of(role: str, county: StockNode) -> Any:
        rows = User.objects.filter(role=role, org_unit__path__startswith=county.org_unit.path)
        return rows.order_by("username")[0]

    def bring(self, gift: Product, city: StockNode, county: StockNode) -> None:
        """Into the city's warehouse a month ago, and some of it on to the county's."""
        at = self.at - timedelta(days=30)
        for kind, origin, destination, quantity in (
            ("inbound", None, city, 500),
            ("transfer", city, county, 120),
        ):
            row = moving.make(kind=kind, origin=origin, destination=destination, by=self.keeper, at=at)
            movement_lines.enter_quantity(movement=row, product=gift, quantity=quantity, by=self.keeper)
            moving.submit(movement=row, by=self.keeper, at=at)
            moving.approve(movement=row, by=self.city, at=at)
            moving.ship(movement=row, by=self.keeper, at=at)
        movement_receipt.receive(movement=row, by=self.keeper, at=at + timedelta(hours=3))

    def give_away(self, gifts: list[Product], dealers: list[Dealer], county: StockNode) -> None:
        """A plan for some dealers, of which one has had his gifts and another asks for them."""
        at = self.at - timedelta(days=20)
        row: MaterialPlan = material.plan(
            activity="开卡送好礼",
            org_unit=county.org_unit,
            starts_on=(self.plan.today - timedelta(days=25)),
            ends_on=(self.plan.today + timedelta(days=40)),
            by=self.supervisor,
            at=at,
        )
        lines = [f"{dealer.code} {gift.code} 20" for dealer in dealers for gift in gifts]
        material.enter_items(plan=row, text="\n".join(lines), by=self.supervisor)
        material.submit(plan=row, by=self.supervisor, at=at)
        material.approve(plan=row, by=self.city, at=at)
        item = PlanItem.objects.filter(plan=row).order_by("pk")[0]
        given = {"origin": county, "purpose": "新开卡客户赠送", "by": self.manager, "at": self.at}
        done: StockMovement = material.use(item=item, quantity=8, **given)
        moving.approve(movement=done, by=self.supervisor, at=self.at)
        moving.ship(movement=done, by=self.keeper, at=self.at)
        material.use(item=item, quantity=5, **given)

    def count(self, node: StockNode, *, missing: int = 0, sample: int | None = None) -> None:
        """A count that waits for the auditor, or a sample that he has verified."""
        row = stocktake.plan(
            node=node,
            products=[] if sample else Product.objects.filter(item_kind="sim"),
            sample=sample,
            by=self.keeper,
            at=self.at,
        )
        row = stocktake.start(stocktake=row, by=self.keeper, at=self.at)
        there = Card.objects.filter(node=node, state="in_stock").order_by("pk").values_list("serial", flat=True)
        seen = list(there)[missing:]
        while row.state in ("counting", "recounting"):
            stocktake.count_serials(stocktake=row, text="\n".join(seen), by=self.keeper, at=self.at)
            row = stocktake.finish(stocktake=row, turn=row.turn, by=self.keeper, at=self.at)
        if sample:
            stocktake.verify(stocktake=row, by=self.auditor, at=self.at)
