"""Pay an approved payout round, as a batch is paid: the file out, the results in, nothing twice.

A payout that the city lets through after an ending is not held for that ending; every other
hold is that of `commissions.services.payments`. See docs/commissions.md, "Payment of payouts".
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from commissions.models import PoolPayment, PoolRound, PoolRoundRow
from commissions.services import payments, pool_notices
from commissions.services.payments import PaymentRefused, PaymentRow
from commissions.services.pool_round import locked
from core import sql, transitions
from core.errors import Forbidden

ROWS = f"""
SELECT part.id AS statement_id, part.number AS statement, dealer.code AS dealer_code, dealer.name AS dealer_name,
       part.payout AS amount, coalesce(verified.bank, '') AS bank, coalesce(verified.number, '') AS account,
       coalesce(verified.holder, '') AS holder,
       {payments.HOLD.format(unless_terminated="NOT (part.overridden AND part.reason = 'terminated') AND")} AS hold,
       coalesce((SELECT payment.state FROM commissions_poolpayment payment WHERE payment.row_id = part.id
                  ORDER BY attempt DESC LIMIT 1), '') AS state
  FROM commissions_poolroundrow part
  JOIN dealers_dealer dealer ON dealer.id = part.dealer_id
  LEFT JOIN dealers_dealeraccount verified ON verified.dealer_id = dealer.id AND verified.state = 'verified'
 WHERE part.round_id = %(round)s AND part.payout > 0
 ORDER BY dealer.code
"""  # noqa: S608 - constants

OPEN = """
SELECT count(*) FROM commissions_poolroundrow part
 WHERE part.round_id = %s AND part.payout > 0
   AND NOT EXISTS (SELECT FROM commissions_poolpayment payment
                    WHERE payment.row_id = part.id AND payment.state = 'ok')
"""


def preview(*, round_: PoolRound, today: date) -> list[PaymentRow]:
    """Every payout of the round, as it stands on `today`; `statement` is the payout's number."""
    return [PaymentRow(**row) for row in sql.fetch_all(ROWS, {"round": round_.pk, "today": today})]


@transaction.atomic
def export(*, round_: PoolRound, by: Any, at: datetime) -> list[PaymentRow]:
    """Issue a payment for each payout that can be paid and was not; the rows of the file, held ones too."""
    round_ = locked(round_)
    _demand(by, round_)
    if round_.state != "approved":
        raise PaymentRefused(
            _("%(round)s is %(state)s; payments are exported once a round is approved.")
            % {"round": round_, "state": PoolRound.machine.state(round_.state).label},
            code="state",
        )
    rows = [row for row in preview(round_=round_, today=at.date()) if row.state in ("", "failed")]
    attempts = Counter(PoolPayment.objects.filter(row__round=round_).values_list("row_id", flat=True))
    PoolPayment.objects.bulk_create(
        PoolPayment(
            row_id=row.statement_id,
            attempt=attempts[row.statement_id] + 1,
            amount=row.amount,
            bank=row.bank,
            account=row.account,
            holder=row.holder,
            issued_by=by,
            issued_at=at,
        )
        for row in rows
        if not row.hold
    )
    if round_.paying_by_id is None:
        round_.paying_by = by
        round_.save(update_fields=["paying_by"])
    transitions.record(round_, action="pay", before="approved", after="approved", by=by, at=at)
    _settle_if_done(round_, by=by, at=at)
    return rows


def _demand(by: Any, round_: PoolRound) -> None:
    if by is None or not by.can(Permission.PAY_BATCHES):
        raise Forbidden(_("Only a finance clerk exports payments and records their results."))
    if not PoolRound.objects.visible_to(by).filter(pk=round_.pk).exists():
        raise Forbidden(_("The payout round is outside your unit."))
    if by.pk in (round_.submitted_by_id, round_.approved_by_id):
        raise Forbidden(
            _("%(round)s: you took part in submitting or approving it; another clerk has to pay it.")
            % {"round": round_},
            code="separation_of_duties",
        )


@transaction.atomic
def record(*, rows: Iterable[Mapping[str, str]], by: Any, at: datetime) -> dict[str, int]:
    """Record the bank's results of statements and payouts in one file, all or nothing.

    {"ok", "failed", "unchanged"}: how many of each. Raises Forbidden and PaymentRefused.
    """
    rows = list(rows)
    numbers = [row["statement"].strip() for row in rows]
    ours = set(PoolRoundRow.objects.visible_to(by).filter(number__in=numbers).values_list("number", flat=True))
    counts: Counter[str] = Counter({"ok": 0, "failed": 0, "unchanged": 0})
    if ours:
        counts.update(_record_payouts([row for row in rows if row["statement"].strip() in ours], by=by, at=at))
    if others := [row for row in rows if row["statement"].strip() not in ours]:
        counts.update(payments.record(rows=others, by=by, at=at))
    return dict(counts)


def _record_payouts(rows: list[Mapping[str, str]], *, by: Any, at: datetime) -> dict[str, int]:
    latest = {
        payment.row.number: payment
        for payment in PoolPayment.objects.select_for_update(of=("self",))
        .filter(row__number__in=[row["statement"].strip() for row in rows])
        .select_related("row")
        .order_by("attempt")
    }
    counts = {"ok": 0, "failed": 0, "unchanged": 0}
    problems, changed = [], []
    for row in rows:
        problem, payment = payments.result_of(row, latest.get(row["statement"].strip()))
        if problem:
            problems.append({"statement": row["statement"], "reason": str(problem)})
        elif payment is None:
            counts["unchanged"] += 1
        else:
            payment.recorded_by, payment.recorded_at = by, at
            counts[payment.state] += 1
            changed.append(payment)
    if problems:
        raise PaymentRefused(
            _("%(count)s payouts of the results file cannot be recorded; nothing was changed. First: %(reason)s")
            % {"count": len(problems), "reason": f"{problems[0]['statement']}: {problems[0]['reason']}"},
            code="rows",
            rows=problems,
        )
    rounds = [locked(one) for one in PoolRound.objects.filter(rows__payments__in=changed).distinct().order_by("pk")]
    for round_ in rounds:
        _demand(by, round_)
    PoolPayment.objects.bulk_update(changed, ["state", "reason", "recorded_by", "recorded_at"], batch_size=500)
    for round_ in rounds:
        _settle_if_done(round_, by=by, at=at)
    return counts


def _settle_if_done(round_: PoolRound, *, by: Any, at: datetime) -> None:
    """An approved round whose every payout is paid becomes `paid`."""
    if round_.state == "approved" and not sql.fetch_value(OPEN, [round_.pk]):
        transitions.move(round_, action="settle", by=by, at=at)
        pool_notices.round_moved(round_, action="settle", by=by, former=[round_.submitted_by, round_.approved_by])
