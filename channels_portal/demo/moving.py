"""Stock movements in every state: on their way, short, waiting, on loan, ordered."""

from datetime import timedelta

from django.db import transaction

from accounts.models import User
from channels_portal.demo import loading
from channels_portal.demo.plan import Plan
from inventory.models import Card, StockMovement, StockNode
from inventory.services import movement as moving
from inventory.services import movement_lines, movement_receipt

CARRIERS = ("邮政 EMS", "顺丰速运", "公司班车")


@transaction.atomic
def move(plan: Plan) -> None:
    """Some movements of the last days between the city, its first counties and their agents."""
    city = StockNode.objects.filter(kind="city").order_by("code").first()
    counties = list(StockNode.objects.filter(kind="county").order_by("code")[:4])
    if city is None or len(counties) < 4:
        return
    hands = _Hands(plan)
    arrived = hands.make("transfer", city, counties[0], 40, days=9)
    hands.send(arrived)
    hands.receive(arrived)
    hands.send(hands.make("transfer", city, counties[1], 30, days=1))
    hands.make("transfer", city, counties[2], 25, days=1)
    short = hands.make("transfer", city, counties[3], 20, days=4)
    hands.send(short)
    hands.receive(short, missing=2)
    for place, county in enumerate(counties[:3]):
        agent = (
            StockNode.objects.filter(kind="agent1", dealer__org_unit__county=county.org_unit).order_by("code").first()
        )
        if agent is None:
            continue
        if place == 0:
            hands.make("issue", county, agent, 10, days=0)
        elif place == 1:
            loan = hands.make("loan", county, agent, 5, days=20, due=6)
            hands.send(loan)
            hands.receive(loan)
        else:
            issued = hands.make("issue", county, agent, 15, days=6, payment="credit")
            hands.send(issued)
            hands.receive(issued)


class _Hands:
    """Those who move stock in the demo: the city's keeper, and the city's manager who approves."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.keeper = User.objects.get(username="keeper")
        self.approver = User.objects.get(username="city")

    def make(
        self,
        kind: str,
        origin: StockNode,
        destination: StockNode,
        count: int,
        *,
        days: int,
        due: int | None = None,
        payment: str = "free",
    ) -> StockMovement:
        """A submitted movement of so many cards, made so many days ago; due back so many days ago, if a loan."""
        made = self.plan.today - timedelta(days=days)
        at = loading.evening(made - timedelta(days=1))
        row = moving.make(
            kind=kind,
            origin=origin,
            destination=destination,
            by=self.keeper,
            at=at,
            due_on=self.plan.today - timedelta(days=due) if due is not None else None,
        )
        free = Card.objects.filter(node=origin, state="in_stock", movement=None, product__item_kind="sim")
        serials = free.order_by("pk").values_list("serial", flat=True)[:count]
        movement_lines.enter_serials(movement=row, text="\n".join(serials), by=self.keeper)
        return moving.submit(movement=row, payment=payment, by=self.keeper, at=at)

    def send(self, row: StockMovement) -> None:
        at = row.made_at + timedelta(hours=2)
        moving.approve(movement=row, by=self.approver, at=at)
        carrier = CARRIERS[row.pk % len(CARRIERS)]
        moving.ship(movement=row, carrier=carrier, by=self.keeper, at=at + timedelta(hours=1))

    def receive(self, row: StockMovement, *, missing: int = 0) -> None:
        lost = Card.objects.filter(movement=row).order_by("pk").values_list("serial", flat=True)[:missing]
        movement_receipt.receive(
            movement=row, missing=" ".join(lost), by=self.keeper, at=row.made_at + timedelta(hours=20)
        )
