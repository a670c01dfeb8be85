"""Why a line is what it is, derived from the stored facts: in words and in numbers.

Nothing of this is stored. The values found are those at the calculation; where a fact
was corrected since, the explanation says so. See docs/commissions.md, "Why this amount".
"""

from typing import Any

from django.utils.translation import gettext as _

from commissions.models import CommissionLine, Entitlement, SettlementBatch
from commissions.queries.explain_entry import explain_entry
from commissions.queries.explain_sale import SaleExplainer
from commissions.queries.explain_unpriced import why_unpriced
from commissions.queries.explanation import Explanation, Step
from core.periods import Month
from inventory.models import FalseSale, SalesRecord

__all__ = ["Explanation", "Step", "explain_line", "explain_record", "lines_of_record"]


def explain_line(line: CommissionLine) -> Explanation:
    """The explanation of any line, in the active language."""
    if line.line_type in ("record", "clawback"):
        return SaleExplainer(line).explanation()
    return explain_entry(line)


def explain_record(event_no: str, *, user: Any = None) -> dict[str, Any]:
    """{"event_no", "lines": [columns of lines.csv + text, found], "unpriced": reason or None}.

    `user` limits what is found to his scope (None: all). A record that is not found
    has no lines and the reason `unknown`.
    """
    sales = SalesRecord.objects.visible_to(user) if user is not None else SalesRecord.objects.all()
    record = sales.filter(event_no=event_no).first()
    if record is None:
        return {"event_no": event_no, "lines": [], "unpriced": _("There is no sales record of this number.")}
    found = [_line_dict(line) for line in lines_of_record(record, user=user)]
    return {"event_no": event_no, "lines": found, "unpriced": None if found else why_unpriced(record)}


def lines_of_record(record: SalesRecord, *, user: Any = None) -> list[CommissionLine]:
    """Every line of live batches that names the record, oldest batch first."""
    counties = set(Entitlement.objects.filter(record_id=record.pk).values_list("county_id", flat=True))
    batches = SettlementBatch.objects.exclude(state="void").filter(month__gte=record.event_date.replace(day=1))
    batches = batches | SettlementBatch.objects.exclude(state="void").filter(
        first_day__lte=record.event_date, kind="weekly"
    )
    if not FalseSale.objects.filter(record_id=record.pk).exists():
        batches = batches.filter(county__in=counties)
    lines = CommissionLine.objects.visible_to(user) if user is not None else CommissionLine.objects.all()
    return list(
        lines.filter(batch_id__in=list(batches.values_list("pk", flat=True)), record_id=record.pk)
        .select_related("batch", "dealer", "rule", "record")
        .order_by("batch__month", "kind", "instalment", "line_type")
    )


def _line_dict(line: CommissionLine) -> dict[str, Any]:
    explanation = explain_line(line)
    return {
        "dealer_code": line.dealer.code,
        "event_no": line.record.event_no if line.record else "",
        "kind": line.kind,
        "instalment": line.instalment,
        "line_type": line.line_type,
        "rule_code": line.rule.code if line.rule else "",
        "due_month": str(Month.of(line.due_month)),
        "total": line.total,
        "amount": line.amount,
        "withheld": line.withheld,
        "reason": line.reason,
        "pool_amount": line.pool_amount,
        "payable": line.payable,
        "batch": line.batch.number,
        "text": explanation.text,
        "found": explanation.found,
    }
