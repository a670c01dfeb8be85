"""What a line beside the commissions follows from, in words: the document, the violation, the original."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from audits.models import Violation
from commissions.models import CommissionLine, SettlementBatch
from commissions.queries import adjustments
from commissions.queries.lines import SHIFT, reason_label
from core.formats import plain
from inventory.models import FalseSale


def name_sources(lines: Iterable[CommissionLine]) -> list[CommissionLine]:
    """The lines, each with its `source` in words: at most three queries, however many lines."""
    lines = list(lines)
    documents = adjustments.documents(lines)
    violations = _violations(lines)
    periods = _periods(lines)
    for line in lines:
        line.source = _source(line, documents, violations, periods)  # type: ignore[attr-defined]
    return lines


def _source(line: CommissionLine, documents: Any, violations: Any, periods: Any) -> str:
    if line.line_type == "adjustment" and (row := documents.get(line.reason)):
        return _("%(type)s: %(document)s") % {
            "type": row.get_type_display(),
            "document": f"{row.document_no} {row.document_name}",
        }
    if line.line_type == "penalty" and (found := violations.get(line.reason)):
        return _("%(type)s of %(day)s, violation %(reference)s") % {
            "type": found.type,
            "day": plain("date", found.occurred_on),
            "reference": found.reference,
        }
    if line.line_type == "deduction":
        return _("Assessment score %(score)s") % {"score": line.reason}
    if line.line_type == "clawback":
        cause = dict(FalseSale.Cause.choices).get(line.reason, line.reason)
        return _("%(cause)s; was settled with %(period)s") % {
            "cause": cause,
            "period": periods.get((line.origin or 0) >> SHIFT, "–"),
        }
    return str(reason_label(line.reason))


def _violations(lines: list[CommissionLine]) -> dict[str, Violation]:
    named = [line.reason for line in lines if line.line_type == "penalty"]
    rows = Violation.objects.filter(reference__in=named).select_related("type") if named else ()
    return {row.reference: row for row in rows}


def _periods(lines: list[CommissionLine]) -> dict[int, str]:
    """The periods of the batches in which the originals of clawbacks stand."""
    batches = {line.origin >> SHIFT for line in lines if line.line_type == "clawback" and line.origin}
    return dict(SettlementBatch.objects.filter(pk__in=batches).values_list("pk", "period")) if batches else {}
