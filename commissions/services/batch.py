"""The life of a settlement batch after its calculation.

calculated → submitted (county) → reviewed (city) → approved (finance approver) → paying
→ paid (finance clerk). Submitted and reviewed batches can be returned to the county with
a reason, submitted or earlier ones voided by the city. Submitter, reviewer, approver and
paying clerk are different people. From approved on the database refuses every change.
See docs/commissions.md, "A batch".
"""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from commissions.models import SettlementBatch
from commissions.queries import batch_facts
from commissions.services import budget, notices
from core import sql, transitions
from core.errors import Forbidden, Refused
from core.followups import emit


class BatchRefused(Refused):
    """The batch cannot take this step now."""

    code = "batch_refused"


def _locked(batch: SettlementBatch) -> SettlementBatch:
    sql.execute("SELECT FROM commissions_countyturn WHERE county_id = %s FOR UPDATE", [batch.county_id])
    return SettlementBatch.objects.select_for_update(of=("self",)).select_related("county").get(pk=batch.pk)


def _demand(by: Any, permission: Permission, batch: SettlementBatch) -> None:
    """Raise Forbidden unless `by` holds the permission and sees the batch."""
    if by is None or not by.can(permission):
        raise Forbidden(_("Your role may not do this with a batch."))
    if not SettlementBatch.objects.visible_to(by).filter(pk=batch.pk).exists():
        raise Forbidden(_("The batch is outside your unit."))


def _demand_another(by: Any, *, batch: SettlementBatch, former: dict[Any, int | None]) -> None:
    """Raise Forbidden if `by` did one of the earlier steps, named by their label."""
    for label, person in former.items():
        if person is not None and person == by.pk:
            raise Forbidden(
                _("%(batch)s: you %(step)s this batch; the next step is for another person.")
                % {"batch": batch, "step": label},
                code="separation_of_duties",
            )


@transaction.atomic
def submit(*, batch: SettlementBatch, by: Any, at: datetime, reason: str = "") -> SettlementBatch:
    """The county passes a calculated batch on.

    Refused while something newer is not in it, or where a budget does not reach.
    """
    batch = _locked(batch)
    _demand(by, Permission.SUBMIT_BATCHES, batch)
    transitions.demand(batch, action="submit")
    news = batch_facts.news_since(batch)
    if batch.state == "calculated" and news:
        raise BatchRefused(
            _("%(batch)s: since the calculation there came in: %(news)s. Calculate again, then submit.")
            % {"batch": batch, "news": _list(news)},
            code="out_of_date",
            news=[item.code for item in news],
        )
    budget.demand_within(batch, at=at)
    batch.submitted_by, batch.submitted_at = by, at
    batch.save(update_fields=["submitted_by", "submitted_at"])
    transitions.move(batch, action="submit", by=by, at=at, reason=reason)
    notices.batch_moved(batch, action="submit", by=by)
    return batch


def _list(news: list[batch_facts.News]) -> str:
    return "; ".join(str(item) for item in news)


@transaction.atomic
def review(*, batch: SettlementBatch, by: Any, at: datetime, reason: str = "") -> SettlementBatch:
    """The city finds a submitted batch right."""
    batch = _locked(batch)
    _demand(by, Permission.REVIEW_BATCHES, batch)
    transitions.demand(batch, action="review")
    _demand_another(by, batch=batch, former={_("submitted"): batch.submitted_by_id})
    batch.reviewed_by, batch.reviewed_at = by, at
    batch.save(update_fields=["reviewed_by", "reviewed_at"])
    transitions.move(batch, action="review", by=by, at=at, reason=reason)
    notices.batch_moved(batch, action="review", by=by)
    return batch


@transaction.atomic
def return_to_county(*, batch: SettlementBatch, by: Any, at: datetime, reason: str = "") -> SettlementBatch:
    """Reviewer, clerk or approver give the batch back, with a reason."""
    batch = _locked(batch)
    _demand(by, Permission.RETURN_BATCHES, batch)
    if not reason.strip():
        raise BatchRefused(_("Say why you return the batch, so that the county knows what to do."), code="reason")
    transitions.move(batch, action="return", by=by, at=at, reason=reason)
    notices.batch_moved(batch, action="return", by=by, reason=reason, former=(batch.submitted_by, batch.reviewed_by))
    batch.submitted_by = batch.reviewed_by = None
    batch.submitted_at = batch.reviewed_at = None
    batch.save(update_fields=["submitted_by", "submitted_at", "reviewed_by", "reviewed_at"])
    return batch


@transaction.atomic
def approve(*, batch: SettlementBatch, by: Any, at: datetime, reason: str = "") -> SettlementBatch:
    """Finance approves: the batch is frozen, its hash stored, the pool accrued."""
    batch = _locked(batch)
    _demand(by, Permission.APPROVE_BATCHES, batch)
    transitions.demand(batch, action="approve")
    _demand_another(
        by,
        batch=batch,
        former={_("submitted"): batch.submitted_by_id, _("reviewed"): batch.reviewed_by_id},
    )
    _demand_pool(batch)
    batch.approved_by, batch.approved_at = by, at
    batch.content_hash = batch_facts.content_hash(batch)
    batch.save(update_fields=["approved_by", "approved_at", "content_hash"])
    transitions.move(batch, action="approve", by=by, at=at, reason=reason)
    _post_to_pool(batch, by=by, at=at)
    notices.batch_moved(batch, action="approve", by=by)
    notices.statements_published(batch, at=at)
    emit("batch_approved", batch=batch)
    return batch


TAKEN_BACK = """
SELECT dealer_id, sum(pool_amount) AS amount FROM commissions_commissionline
 WHERE batch_id = %(batch)s AND line_type = 'clawback' AND pool_amount <> 0 GROUP BY dealer_id
"""


def _demand_pool(batch: SettlementBatch) -> None:
    """Raise BatchRefused if a pool no longer holds what a clawback counted on."""
    short = sql.fetch_all(
        f"""SELECT dealer.code FROM ({TAKEN_BACK}) back
              JOIN dealers_dealer dealer ON dealer.id = back.dealer_id
              LEFT JOIN commissions_poolaccount account ON account.dealer_id = back.dealer_id
             WHERE coalesce(account.balance, 0) + back.amount < 0 ORDER BY 1""",  # noqa: S608
        {"batch": batch.pk},
    )
    if short:
        raise BatchRefused(
            _("The pool of %(dealers)s has shrunk since the calculation. Return the batch and calculate again.")
            % {"dealers": ", ".join(row["code"] for row in short[:10])},
            code="pool_shrunk",
        )


def _post_to_pool(batch: SettlementBatch, *, by: Any, at: datetime) -> None:
    """Post what the batch puts into the pools and then what it takes back, one entry each per dealer."""
    accruals = "SELECT dealer_id, pool AS amount FROM commissions_statement WHERE batch_id = %(batch)s AND pool <> 0"
    for entry, amounts in (("accrual", accruals), ("clawback", TAKEN_BACK)):
        sql.execute(
            f"""INSERT INTO commissions_poolentry
                   (dealer_id, month, entry, amount, balance, source, batch_id, posted_by_id, posted_at)
               SELECT dealer_id, %(month)s, %(entry)s, amount, 0, %(number)s, %(batch)s, %(by)s, %(at)s
                 FROM ({amounts}) part ORDER BY dealer_id""",  # noqa: S608
            {"month": batch.month, "entry": entry, "number": batch.number, "batch": batch.pk, "by": by.pk, "at": at},
        )


@transaction.atomic
def void(*, batch: SettlementBatch, by: Any, at: datetime, reason: str = "") -> SettlementBatch:
    """The city gives a submitted or earlier batch up; what it settled can be settled anew."""
    batch = _locked(batch)
    _demand(by, Permission.VOID_BATCHES, batch)
    if not reason.strip():
        raise BatchRefused(_("Say why the batch is voided."), code="reason")
    transitions.move(batch, action="void", by=by, at=at, reason=reason)
    notices.batch_moved(batch, action="void", by=by, reason=reason, former=(batch.submitted_by,))
    sql.execute("DELETE FROM commissions_entitlement WHERE batch_id = %s", [batch.pk])
    sql.execute(
        "DELETE FROM commissions_carry WHERE target_id IN (SELECT id FROM commissions_statement WHERE batch_id = %s)",
        [batch.pk],
    )
    return batch
