"""What a line beside the records follows from: a subsidy, a score, a violation, an adjustment."""

from decimal import Decimal

from constance import config
from django.utils.translation import gettext as _

from audits.models import Violation
from commissions import words
from commissions.models import Adjustment, CommissionLine, Subsidy
from commissions.queries.explanation import Explanation, Step
from commissions.services.bands import read_bands
from core import sql
from core.money import yuan
from core.periods import Month
from dealers.models import AssessmentScore


def explain_entry(line: CommissionLine) -> Explanation:
    """Subsidy, deduction, penalty and adjustment lines: what they follow from."""
    month = Month.of(line.batch.month)
    gross = _gross(line.dealer_id, month)
    amount = words.yuan(line.amount)
    if line.line_type == "deduction":
        return _deduction(line, gross)
    if line.line_type == "subsidy":
        return _subsidy(line, month)
    if line.line_type == "penalty":
        return _penalty(line, month)
    item = Adjustment.objects.filter(reference=line.reason).first()
    text = _("%(type)s %(reference)s by %(document)s: %(amount)s") % {
        "type": item.get_type_display() if item else _("Adjustment"),
        "reference": line.reason,
        "document": f"{item.document_no} {item.document_name}" if item else "–",
        "amount": amount,
    }
    steps = [Step(_("Adjustment"), text)]
    found = {"reference": line.reason}
    if item:
        steps.append(Step(_("Reason"), item.reason))
        found |= {
            "document_no": item.document_no,
            "document_name": item.document_name,
            "month": str(Month.of(item.month)),
        }
        if Month.of(item.month) != month:
            late = _("It is for %(month)s, whose batch was approved before; so it enters this one")
            steps.append(Step(_("Month"), late % {"month": Month.of(item.month)}))
    return Explanation(text, steps, found)


def _gross(dealer: int, month: Month) -> Decimal:
    """What the dealer's commission lines of that settlement month come to, weekly batches included."""
    return sql.fetch_value(
        """SELECT coalesce(sum(statement.gross), 0) FROM commissions_statement statement
             JOIN commissions_settlementbatch batch ON batch.id = statement.batch_id
            WHERE statement.dealer_id = %s AND batch.month = %s AND batch.state <> 'void'""",
        [dealer, month.first],
    )


def _deduction(line: CommissionLine, gross: Decimal) -> Explanation:
    score = Decimal(line.reason)
    bands = read_bands(line.batch.inputs.get("deduction_bands") or config.DEDUCTION_BANDS)
    keeps = next(band.coefficient for band in bands if score >= band.least)
    text = _("Assessment of %(score)s points keeps %(keeps)s: %(amount)s of the month's %(gross)s") % {
        "score": line.reason,
        "keeps": f"{(keeps * 100).normalize():f}%",
        "amount": words.yuan(line.amount),
        "gross": words.yuan(gross),
    }
    found = {"score": line.reason, "keeps": str(keeps), "gross": str(gross)}
    steps = [Step(_("Assessment deduction"), text)]
    now = AssessmentScore.objects.filter(dealer_id=line.dealer_id, month=line.batch.month).first()
    if now is None or now.score != score:
        found["score_now"] = str(now.score) if now else ""
        steps.append(Step(_("Corrected since"), _("The score is now %(score)s") % {"score": now.score if now else "–"}))
    return Explanation(text, steps, found)


SUBSIDY_DAYS = """
SELECT coalesce(sum(upper(span) - lower(span)), 0)
  FROM unnest(datemultirange(daterange(greatest(%(since)s, %(first)s), least(%(until)s, %(last)s), '[]'))
              - coalesce((SELECT range_agg(daterange(from_date, until_date)) FROM dealers_closed_span
                           WHERE dealer_id = %(dealer)s), '{}'::datemultirange)) span
"""


def _subsidy(line: CommissionLine, month: Month) -> Explanation:
    row = Subsidy.objects.filter(dealer_id=line.dealer_id, valid_from=line.reason).first()
    monthly = row.monthly_amount if row else Decimal("0.00")
    until = row.valid_to if row and row.valid_to else month.last
    params = {"since": line.reason, "until": until, "first": month.first, "last": month.last, "dealer": line.dealer_id}
    days = sql.fetch_value(SUBSIDY_DAYS.replace("%(since)s", "%(since)s::date"), params)
    text = _("Store subsidy of %(monthly)s a month since %(since)s, %(days)s of %(all)s days: %(amount)s") % {
        "monthly": words.yuan(monthly),
        "since": line.reason,
        "days": days,
        "all": month.days,
        "amount": words.yuan(line.amount),
    }
    found = {"monthly_amount": str(monthly), "days": days, "days_of_month": month.days}
    steps = [Step(_("Store subsidy"), text)]
    if row and row.min_score is not None:
        score = AssessmentScore.objects.filter(dealer_id=line.dealer_id, month=month.first).first()
        found |= {"min_score": str(row.min_score), "score": str(score.score) if score else None}
        sentence = (
            _("At least %(least)s points are needed; the store has %(score)s")
            % {"least": row.min_score, "score": score.score}
            if score
            else _("At least %(least)s points are needed; without a score it is paid") % {"least": row.min_score}
        )
        steps.append(Step(_("Condition"), sentence))
    if row and line.amount != yuan(monthly * days / month.days):
        steps.append(Step(_("Corrected since"), _("The subsidy or the cooperation was changed after the calculation")))
    return Explanation(text, steps, found)


def _penalty(line: CommissionLine, month: Month) -> Explanation:
    violation = Violation.objects.filter(reference=line.reason).select_related("type").first()
    then = Month.of(violation.occurred_on) if violation else month
    text = _(
        "Violation %(reference)s (%(type)s) of %(month)s: %(multiplier)s × the month's commission is %(amount)s"
    ) % {
        "reference": line.reason,
        "type": violation.type if violation else "–",
        "month": then,
        "multiplier": f"{violation.type.multiplier.normalize():f}" if violation else "–",
        "amount": words.yuan(line.amount),
    }
    gross = _gross(line.dealer_id, then)
    steps = [
        Step(_("Penalty"), text),
        Step(
            _("The month's commission"),
            _("%(gross)s in %(month)s, weekly batches included") % {"gross": words.yuan(gross), "month": then},
        ),
    ]
    if then != month:
        late = _("The batch of %(month)s was approved without it; so it enters this one")
        steps.append(Step(_("Month"), late % {"month": then}))
    found = {"reference": line.reason, "month": str(then), "gross": str(gross)}
    return Explanation(text, steps, found)
