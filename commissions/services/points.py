"""Points: rules, earning, expiry, rewards and their redemption.

Earning and expiry may be run again at any time: nothing counts twice. See docs/points.md.
"""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from constance import config
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from accounts.models import OrgUnit
from accounts.roles import Permission
from commissions.bulk import points as bulk
from commissions.models import PointsItem, PointsRule, Redemption
from commissions.queries import points as queries
from commissions.rules import points as rules
from core import sql, transitions
from core.errors import Forbidden, Refused
from core.periods import Month


class PointsRefused(Refused):
    """The points, the reward or the redemption do not allow this."""

    code = "points_refused"


NOT_OFFERED = _lazy("There is no such reward, or it is not offered to you.")

# Earning


@transaction.atomic
def earn(*, month: Month, today: date, by: Any, at: datetime) -> dict[str, int]:
    """Credit what is new of a month that is over: {kind: how many sales, subscribers, violations counted}."""
    if month.last >= today:
        raise PointsRefused(_("%(month)s is not over yet.") % {"month": month}, code="not_over")
    return bulk.earn(month, by=by, at=at)


@transaction.atomic
def expire(*, quarter: rules.Quarter, today: date, by: Any, at: datetime) -> int:
    """At the end of `quarter` take what is left of points that are too old; how many dealers lose some."""
    if quarter.last.last >= today:
        raise PointsRefused(_("%(quarter)s is not over yet.") % {"quarter": quarter}, code="not_over")
    until = rules.expire_until(quarter, config.POINTS_KEPT_QUARTERS)
    if until is None:
        return 0
    return bulk.expire(source=f"expiry {quarter}", month=quarter.last.first, until=until.last.first, by=by, at=at)


def nightly(*, today: date, at: datetime) -> dict[str, int]:
    """What is new of the last two months, and what expired with the last quarter: counts by kind."""
    counts: dict[str, int] = {}
    for back in (2, 1):
        for kind, count in earn(month=Month.of(today) + -back, today=today, by=None, at=at).items():
            counts[kind] = counts.get(kind, 0) + count
    counts["expiry"] = expire(quarter=rules.Quarter.of(today) + -1, today=today, by=None, at=at)
    return counts


# Rules and rewards


def _demand(by: Any, permission: Permission, unit: OrgUnit) -> None:
    if by is None or not by.can(permission):
        raise Forbidden(_("Your role may not do this with points."))
    if not OrgUnit.objects.visible_to(by).filter(pk=unit.pk).exists():
        raise Forbidden(_("%(unit)s is outside your unit.") % {"unit": unit})


@transaction.atomic
def add_rule(*, org_unit: OrgUnit, by: Any, **fields: Any) -> PointsRule:
    """A new rule; refused if another of the same unit, kind and subject shares a day with it."""
    _demand(by, Permission.EDIT_POINTS, org_unit)
    try:
        with transaction.atomic():
            return PointsRule.objects.create(org_unit=org_unit, **fields)
    except IntegrityError as error:
        raise PointsRefused(
            _("Another rule for the same shares days with it, or its dates are wrong: end that one first."),
            code="rules_overlap",
        ) from error


@transaction.atomic
def end_rule(*, rule: PointsRule, on: date, by: Any) -> PointsRule:
    """The last day on which the rule counts; what was credited stays."""
    _demand(by, Permission.EDIT_POINTS, rule.org_unit)
    if on < rule.valid_from or (rule.valid_to is not None and on > rule.valid_to):
        raise PointsRefused(_("The last day lies outside the days on which the rule holds."), code="dates")
    rule.valid_to = on
    rule.save(update_fields=["valid_to"])
    return rule


@transaction.atomic
def save_item(*, item: PointsItem, by: Any) -> PointsItem:
    """A reward, new or changed; there is never less of it than redemptions hold."""
    _demand(by, Permission.EDIT_POINTS, item.org_unit)
    try:
        with transaction.atomic():
            if item._state.adding:
                item.save()
            else:
                names = ("name", "category", "points", "stock", "budget", "unit_value", "offered")
                item.save(update_fields=names)
    except IntegrityError as error:
        raise PointsRefused(
            _("A reward has either a stock or a budget with the value of one, and not less than is taken already."),
            code="reward",
        ) from error
    return item


# Redemption


@transaction.atomic
def redeem(*, item: PointsItem, quantity: int, by: Any, at: datetime) -> Redemption:
    """A dealer's user asks for a reward: points and reward are reserved at once."""
    dealer = queries.own_dealer(by)
    if dealer is None or not by.can(Permission.REDEEM_POINTS):
        raise Forbidden(_("Only a dealer redeems points."))
    item = PointsItem.objects.select_for_update().get(pk=item.pk)
    if not queries.offers(dealer).filter(pk=item.pk).exists():
        raise PointsRefused(_("%(reward)s is not offered to you now.") % {"reward": item}, code="not_offered")
    points = item.points * quantity
    if quantity < 1 or quantity > item.left:
        raise PointsRefused(
            _("%(reward)s: %(left)s are left.") % {"reward": item, "left": max(item.left, 0)}, code="sold_out"
        )
    balance = queries.balance(dealer.pk)
    if points > balance:
        raise PointsRefused(
            _("%(reward)s costs %(points)s points; you have %(balance)s.")
            % {"reward": item, "points": points, "balance": balance},
            code="too_few_points",
        )
    number = sql.fetch_value("SELECT count(*) + 1 FROM commissions_redemption WHERE dealer_id = %s", [dealer.pk])
    try:
        with transaction.atomic():
            made = Redemption.objects.create(
                reference=f"{dealer.code}-{number}",
                dealer=dealer,
                item=item,
                quantity=quantity,
                points=points,
                requested_by=by,
                requested_at=at,
            )
    except IntegrityError as error:
        raise PointsRefused(
            _("Somebody was quicker: look again at what is left and at your points."), code="too_late"
        ) from error
    transitions.record(made, action="request", before="", after="requested", by=by, at=at)
    return made


def approve(*, redemption: Redemption, by: Any, at: datetime, reason: str = "") -> Redemption:
    """Let the dealer have it; another person than whoever asked."""
    return _decide(redemption, "approve", by=by, at=at, reason=reason)


def reject(*, redemption: Redemption, by: Any, at: datetime, reason: str = "") -> Redemption:
    """Turn it down with a reason; points and reward go back."""
    if not reason.strip():
        raise PointsRefused(_("Say why the redemption is turned down."), code="reason")
    return _decide(redemption, "reject", by=by, at=at, reason=reason)


def _decide(redemption: Redemption, action: str, *, by: Any, at: datetime, reason: str) -> Redemption:
    def demand(fresh: Redemption) -> None:
        _demand(by, Permission.APPROVE_REDEMPTIONS, fresh.dealer.org_unit)
        if fresh.requested_by_id == by.pk:
            raise Forbidden(_("You asked for it yourself; another person has to decide."), code="separation_of_duties")

    values = {"decided_by": by, "decided_at": at, "reason": reason.strip()[:200]}
    return _move(redemption, action, demand, values, by=by, at=at, reason=reason)


def cancel(*, redemption: Redemption, by: Any, at: datetime, reason: str = "") -> Redemption:
    """The dealer takes the request back; points and reward go back."""

    def demand(fresh: Redemption) -> None:
        dealer = queries.own_dealer(by)
        if dealer is None or fresh.dealer_id != dealer.pk:
            raise Forbidden(_("Only the dealer takes a request back."))

    values = {"decided_by": by, "decided_at": at}
    return _move(redemption, "cancel", demand, values, by=by, at=at, reason=reason)


def hand_over(*, redemption: Redemption, by: Any, at: datetime, reason: str = "") -> Redemption:
    """The reward was given out, by a third person: whoever keeps it neither asked nor approved."""

    def demand(fresh: Redemption) -> None:
        _demand(by, Permission.HAND_OVER_REWARDS, fresh.dealer.org_unit)
        if by.pk in (fresh.requested_by_id, fresh.decided_by_id):
            raise Forbidden(
                _("Whoever asks, whoever approves and whoever hands over are three people."),
                code="separation_of_duties",
            )

    return _move(redemption, "hand_over", demand, {"handed_over_by": by, "handed_over_at": at}, by=by, at=at)


@transaction.atomic
def _move(
    redemption: Redemption,
    action: str,
    demand: Callable[[Redemption], None],
    values: dict[str, Any],
    *,
    by: Any,
    at: datetime,
    reason: str = "",
) -> Redemption:
    fresh = (
        Redemption.objects.select_for_update(of=("self",))
        .select_related("dealer", "dealer__org_unit", "item")
        .get(pk=redemption.pk)
    )
    demand(fresh)
    transitions.demand(fresh, action=action)
    before, after = fresh.state, Redemption.machine.target(fresh.state, action)
    Redemption.objects.filter(pk=fresh.pk).update(state=after, **values)
    transitions.record(fresh, action=action, before=before, after=str(after), by=by, at=at, reason=reason)
    fresh.refresh_from_db()
    return fresh
