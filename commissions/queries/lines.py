"""Lines of a batch or a statement. Always by batch, so that one partition is read."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum

from commissions import states
from commissions.models import CommissionLine, SettlementBatch, Statement, UnpricedRecord
from core.money import ZERO
from dealers.models.tiers import BusinessType

SHIFT = 32


def of_batch(batch: SettlementBatch) -> QuerySet[CommissionLine]:
    """All lines of `batch` as calculated, with dealer, record, product and rule."""
    lines = CommissionLine.objects.filter(batch_id=batch.pk).order_by("pk")
    return lines.select_related("dealer", "record", "record__product", "rule")


def of_statement(statement: Statement) -> QuerySet[CommissionLine]:
    """The lines of one dealer in one batch."""
    return of_batch(statement.batch).filter(dealer_id=statement.dealer_id)


def one_visible(line_id: int, user: Any) -> CommissionLine | None:
    """The line `line_id` if the user may see the statement that it is on: two queries, one partition.

    Lines of void batches have no reason any more and are not found.
    """
    line = (
        CommissionLine.objects.filter(batch_id=line_id >> SHIFT, pk=line_id)
        .exclude(batch__state="void")
        .select_related(
            "batch",
            "batch__county__city",
            "dealer",
            "record__product",
            "rule__owner",
            "rule__product",
            "rule__org_unit",
        )
        .first()
    )
    if line is None:
        return None
    seen = Statement.objects.visible_to(user).filter(batch_id=line.batch_id, dealer_id=line.dealer_id)
    return line if seen.exists() else None


def statement_of(line: CommissionLine) -> Statement:
    """The statement that the line is on."""
    return Statement.objects.get(batch_id=line.batch_id, dealer_id=line.dealer_id)


def unpriced(batch: SettlementBatch) -> QuerySet[UnpricedRecord]:
    """The county's records that nothing prices, with their facts."""
    return UnpricedRecord.objects.filter(batch=batch).select_related("record", "record__product", "record__seller")


@dataclass(frozen=True)
class Group:
    """Lines of one kind and product (or one type): count and sums in yuan."""

    line_type: str
    kind: str
    business_type: str
    product_id: int | None
    product: str
    lines: int
    amount: Decimal
    withheld: Decimal
    withheld_lines: int
    pool: Decimal
    payable: Decimal

    @property
    def label(self) -> Any:
        if self.line_type == "record":
            return self.product
        return states.LineType(self.line_type).label

    @property
    def kind_label(self) -> Any:
        return states.Kind(self.kind).label if self.kind else ""

    @property
    def business_label(self) -> Any:
        return BusinessType(self.business_type).label if self.business_type else ""

    @property
    def query(self) -> dict[str, Any]:
        """The filter of the line list that shows exactly these lines."""
        return {
            "line_type": self.line_type,
            "kind": self.kind or None,
            "product": self.product_id,
            "business_type": self.business_type or None,
        }


def groups(lines: QuerySet[CommissionLine]) -> list[Group]:
    """Lines by type, kind, business and product, in the order of a statement: one query."""
    found = (
        lines.order_by()
        .values(
            "line_type",
            "kind",
            business=F("record__business_type"),
            product=F("record__product_id"),
            name=F("record__product__name"),
        )
        .annotate(
            count=Count("id"),
            amounts=Sum("amount"),
            withhelds=Sum("withheld"),
            withheld_count=Count("id", filter=Q(withheld__gt=0) | Q(withheld__lt=0)),
            pools=Sum("pool_amount"),
            payables=Sum("payable"),
        )
    )
    types = list(states.LineType.values)
    kinds = ["", *states.Kind.values]
    rows = [
        Group(
            line_type=row["line_type"],
            kind=row["kind"],
            business_type=row["business"] or "",
            product_id=row["product"],
            product=row["name"] or "",
            lines=row["count"],
            amount=row["amounts"],
            withheld=row["withhelds"],
            withheld_lines=row["withheld_count"],
            pool=row["pools"],
            payable=row["payables"],
        )
        for row in found
    ]
    return sorted(rows, key=lambda g: (types.index(g.line_type), kinds.index(g.kind), g.business_type, g.product))


@dataclass(frozen=True)
class Withheld:
    """Instalments withheld for one reason: how many and how much (yuan)."""

    reason: str
    lines: int
    amount: Decimal

    @property
    def label(self) -> Any:
        return reason_label(self.reason)


def withheld_by_reason(lines: QuerySet[CommissionLine]) -> list[Withheld]:
    """The largest first: one query."""
    found = (
        lines.filter(line_type="record")
        .exclude(withheld=0)
        .order_by()
        .values("reason")
        .annotate(count=Count("id"), sum=Sum("withheld"))
    )
    rows = [Withheld(row["reason"], row["count"], row["sum"]) for row in found]
    return sorted(rows, key=lambda one: -one.amount)


def reason_label(reason: str) -> Any:
    """A withholding reason in words; the text itself where it is a reference."""
    return dict(states.Reason.choices).get(reason, reason)


def by_kind(batch: SettlementBatch) -> dict[str, Decimal]:
    """Sums of the batch's record lines by kind and of the other types (yuan): one query."""
    found = (
        CommissionLine.objects.filter(batch_id=batch.pk)
        .order_by()
        .values("line_type", "kind")
        .annotate(sum=Sum("amount"))
    )
    sums: dict[str, Decimal] = {}
    for row in found:
        name = row["kind"] if row["line_type"] == "record" else row["line_type"]
        sums[name] = sums.get(name, ZERO) + row["sum"]
    return sums
