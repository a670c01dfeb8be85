"""Statements: who sees which, what they are compared with, how the amount came about."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import DecimalField, ExpressionWrapper, F, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from commissions import states
from commissions.models import Payment, PoolEntry, SettlementBatch, Statement
from core.money import ZERO
from core.periods import Month

Text = str | Promise
MONEY = DecimalField(max_digits=14, decimal_places=2)


def visible(user: Any) -> QuerySet[Statement]:
    """The statements that the user may see, of void batches too, with batch, county, dealer and confirmation."""
    return Statement.objects.visible_to(user).select_related("batch", "batch__county", "dealer", "confirmation")


def live(user: Any) -> QuerySet[Statement]:
    """The visible statements of batches that count."""
    return visible(user).exclude(batch__state="void")


def of_batch(batch: SettlementBatch, before: SettlementBatch | None) -> QuerySet[Statement]:
    """The batch's statements with `paid_before` and `difference` against batch `before` (yuan)."""
    earlier = Statement.objects.filter(batch=before, dealer=OuterRef("dealer")).values("paid")[:1]
    none = Value(None, output_field=MONEY)
    paid_before = Subquery(earlier, output_field=MONEY) if before else none
    rows = Statement.objects.filter(batch=batch).select_related("dealer", "dealer__org_unit", "confirmation")
    return rows.annotate(paid_before=paid_before).annotate(
        difference=ExpressionWrapper(F("paid") - F("paid_before"), output_field=MONEY) if before else none
    )


def top_changes(batch: SettlementBatch, before: SettlementBatch, *, most: int = 10) -> list[Statement]:
    """The dealers whose amount changed most against `before`, the largest change first: one query."""
    rows: Any = of_batch(batch, before)
    return list(
        rows.filter(paid_before__isnull=False)  # type: ignore[misc]
        .exclude(difference=0)  # type: ignore[misc]
        .annotate(size=F("difference") * F("difference"))
        .order_by("-size", "pk")[:most]
    )


@dataclass(frozen=True)
class Part:
    """One step from the whole to the amount: a signed figure in yuan and what it is."""

    name: str
    label: Text
    amount: Decimal
    help: Text = ""
    total: bool = False


def parts(statement: Statement) -> list[Part]:
    """How the amount comes about; steps of 0.00 are left out, the sums always stand."""
    s = statement
    steps = [
        Part("gross", _("Commission earned"), s.gross, _("All commission of this period that met its conditions.")),
        Part("pool", _("To the pool"), -s.pool, _("Stays in your pool and is paid out later.")),
        Part("subsidy", _("Store subsidy"), s.subsidy),
        Part("deduction", _("Assessment deduction"), -s.deduction, _("By the assessment score of the month.")),
        Part("penalty", _("Penalty"), -s.penalty, _("For confirmed violations.")),
        Part("clawback", _("Clawback"), -s.clawback, _("For sales that were confirmed false.")),
        Part("adjustments", _("Adjustments"), s.adjustments, _("Corrections with a document.")),
        Part("carried_in", _("Carried in from earlier"), s.carried_in, _("What earlier periods left owing.")),
    ]
    shown = [step for step in steps if step.amount or step.name == "gross"]
    shown.append(Part("net", _("Result"), s.net, total=True))
    if s.carried_out:
        shown.append(
            Part(
                "carried_out",
                _("Carried to the next period"),
                s.carried_out,
                _("Nothing is paid; the rest is carried."),
            )
        )
    return shown


@dataclass(frozen=True)
class PoolMonth:
    """A dealer's pool in one month (yuan). `posted` is False while the batch is not approved."""

    opening: Decimal
    accrued: Decimal
    released: Decimal
    other: Decimal
    closing: Decimal
    posted: bool


def pool_month(statement: Statement) -> PoolMonth:
    """The pool of the statement's dealer in the statement's month: one query.

    Until the batch is approved its accrual is shown as it will be posted.
    """
    month = statement.batch.month
    sums = PoolEntry.objects.filter(dealer_id=statement.dealer_id, month__lte=month).aggregate(
        opening=Sum("amount", filter=Q(month__lt=month)),
        accrued=Sum("amount", filter=Q(month=month, entry="accrual")),
        released=Sum("amount", filter=Q(month=month, entry="payout")),
        all=Sum("amount"),
    )
    opening, accrued = sums["opening"] or ZERO, sums["accrued"] or ZERO
    released, closing = sums["released"] or ZERO, sums["all"] or ZERO
    posted = statement.batch.state in states.FROZEN
    if not posted:
        accrued, closing = accrued + statement.pool, closing + statement.pool
    return PoolMonth(opening, accrued, -released, closing - opening - accrued - released, closing, posted)


def payment_of(statement: Statement) -> Payment | None:
    """The latest attempt to pay the statement."""
    return Payment.objects.filter(statement=statement).order_by("-attempt").first()


def confirmed(statement: Statement) -> Any:
    """The confirmation, None if there is none yet."""
    return getattr(statement, "confirmation", None)


def months_of_dealer(dealer_id: int, user: Any, *, most: int = 12) -> list[Statement]:
    """The newest statements of one dealer that the user may see."""
    return list(live(user).filter(dealer_id=dealer_id).order_by("-batch__month", "-pk")[:most])


def month_text(statement: Statement) -> str:
    return str(Month.of(statement.batch.month))
