"""What a line beside the records follows from: a subsidy, a score, a violation, an adjustment."""

from decimal import Decimal

from django.utils.translation import gettext as _

from audits.models import Violation
from commissions.models import Adjustment, CommissionLine, Subsidy
from commissions.queries.explanation import Explanation, Step
from commissions.queries.wording import yuan_words
from core import sql
from core.periods import Month


def explain_entry(line: CommissionLine) -> Explanation:
    """Subsidy, deduction, penalty and adjustment lines: what they follow from."""
    month = Month.of(line.batch.month)
    gross = sql.fetch_value(
        """SELECT coalesce(sum(statement.gross), 0) FROM commissions_statement statement
             JOIN commissions_settlementbatch batch ON batch.id = statement.batch_id
            WHERE statement.dealer_id = %s AND batch.month = %s AND batch.state <> 'void'""",
        [line.dealer_id, line.batch.month],
    )
    amount = yuan_words(line.amount)
    if line.line_type == "deduction":
        text = _("Assessment of %(score)s points: %(amount)s of the month's %(gross)s") % {
            "score": line.reason,
            "amount": amount,
            "gross": yuan_words(gross),
        }
        return Explanation(text, [Step(_("Assessment deduction"), text)], {"score": line.reason, "gross": str(gross)})
    if line.line_type == "subsidy":
        row = Subsidy.objects.filter(dealer_id=line.dealer_id, valid_from=line.reason).first()
        monthly = row.monthly_amount if row else Decimal("0.00")
        days = round(line.amount * month.days / monthly) if monthly else 0
        text = _("Store subsidy of %(monthly)s a month since %(since)s, %(days)s of %(all)s days: %(amount)s") % {
            "monthly": yuan_words(monthly),
            "since": line.reason,
            "days": days,
            "all": month.days,
            "amount": amount,
        }
        return Explanation(text, [Step(_("Store subsidy"), text)], {"monthly_amount": str(monthly), "days": days})
    if line.line_type == "penalty":
        violation = Violation.objects.filter(reference=line.reason).select_related("type").first()
        then = Month.of(violation.occurred_on) if violation else month
        text = _(
            "Violation %(reference)s (%(type)s) of %(month)s: %(multiplier)s × the month's commission is %(amount)s"
        ) % {
            "reference": line.reason,
            "type": violation.type if violation else "–",
            "month": then,
            "multiplier": f"{violation.type.multiplier.normalize():f}" if violation else "–",
            "amount": amount,
        }
        return Explanation(text, [Step(_("Penalty"), text)], {"reference": line.reason, "month": str(then)})
    item = Adjustment.objects.filter(reference=line.reason).first()
    text = _("%(type)s %(reference)s by %(document)s: %(amount)s") % {
        "type": item.get_type_display() if item else _("Adjustment"),
        "reference": line.reason,
        "document": f"{item.document_no} {item.document_name}" if item else "–",
        "amount": amount,
    }
    return Explanation(text, [Step(_("Adjustment"), text)], {"reference": line.reason})
