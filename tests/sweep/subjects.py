"""Which rows fill the addresses, and who may see each row.

Who sees what is said here a second time, on purpose: not by the models' own `scope`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatch
from typing import Any

from accounts.models import User
from tests.sweep.shapes import County, Things, World


@dataclass(frozen=True)
class Subject:
    """One row: what names it in an address, and whose it is."""

    kwargs: dict[str, Any]
    unit: Any = None
    dealer: Any = None
    owner: User | None = None
    everyone: bool = False
    inspector: User | None = None

    def seen_by(self, user: User) -> bool:
        if self.everyone:
            return True
        if self.owner is not None:
            return self.owner.pk == user.pk
        if user.role == "inspector":
            return self.inspector is not None and self.inspector.pk == user.pk
        if user.role == "dealer":
            return self.dealer is not None and user.dealer_link.dealer_id == self.dealer.pk
        return user.org_unit is not None and self.unit.path.startswith(user.org_unit.path)


Make = Callable[[World], list[Subject]]


def of_things(name: str, value: Callable[[Things], Any], *, to_dealers: bool = True, **more: Any) -> Make:
    """One subject for each dealer of the world; the unit is the dealer's grid."""

    def make(world: World) -> list[Subject]:
        return [
            Subject({name: value(one), **more}, unit=one.dealer.org_unit, dealer=one.dealer if to_dealers else None)
            for one in (world.x, world.y, world.z)
        ]

    return make


def of_inspections(world: World) -> list[Subject]:
    return [
        Subject({"pk": one.inspection.pk}, unit=one.dealer.org_unit, inspector=one.inspection.inspector)
        for one in (world.x, world.y, world.z)
    ]


def of_inspectors(world: World) -> list[Subject]:
    """Who carries an inspection out, alone."""
    return [Subject({"pk": one.inspection.pk}, owner=one.inspection.inspector) for one in (world.x, world.y)]


def of_staff(name: str) -> Make:
    """Somebody who works at each dealer."""
    return lambda world: [
        Subject(
            {name: getattr(one.dealer, name), "member" if name == "pk" else "member_id": one.dealer.staff.get().pk},
            unit=one.dealer.org_unit,
        )
        for one in (world.x, world.y, world.z)
    ]


def of_counties(name: str, value: Callable[[County], Any], **more: Any) -> Make:
    """One subject for each county."""
    return lambda world: [Subject({name: value(one), **more}, unit=one.unit) for one in (world.a, world.b)]


def own(name: str, rows: str) -> Make:
    """Rows that belong to a person."""
    return lambda world: [
        Subject({name: getattr(world, rows)[who].pk}, owner=world.users[who])
        for who in ("county_supervisor", "stranger_county_supervisor", "dealer", "administrator")
    ]


def units(world: World) -> list[Subject]:
    return [Subject({"code": one.code}, unit=one) for one in (world.city, world.a.unit, world.b.grid)]


def rewards(world: World) -> list[Subject]:
    """A county's reward is offered to its dealers."""
    return [
        Subject({"code": county.reward.code}, unit=county.unit, dealer=one.dealer)
        for county, one in ((world.a, world.x), (world.b, world.z))
    ]


def of_movement_lines(world: World) -> list[Subject]:
    return [
        Subject(
            {"number": one.movement.number, "pk": one.movement_line.pk}, unit=one.dealer.org_unit, dealer=one.dealer
        )
        for one in (world.x, world.y, world.z)
    ]


def of_notice_photos(world: World) -> list[Subject]:
    return [
        Subject({"number": one.notice.number, "pk": one.notice_photo.pk}, unit=one.dealer.org_unit, dealer=one.dealer)
        for one in (world.x, world.y, world.z)
    ]


def of_rectification_photos(name: str) -> Make:
    def make(world: World) -> list[Subject]:
        return [
            Subject(
                {"number": one.rectification.number, "pk": getattr(one, name).pk},
                unit=one.dealer.org_unit,
                dealer=one.dealer,
            )
            for one in (world.x, world.y, world.z)
        ]

    return make


def of_documents(world: World) -> list[Subject]:
    return [
        Subject({"pk": one.dealer.pk, "document": one.document.pk}, unit=one.dealer.org_unit)
        for one in (world.x, world.y, world.z)
    ]


def of_accounts(world: World) -> list[Subject]:
    return [
        Subject({"code": one.dealer.code, "account_id": one.account.pk}, unit=one.dealer.org_unit, dealer=one.dealer)
        for one in (world.x, world.y, world.z)
    ]


def of_change_papers(world: World) -> list[Subject]:
    return [
        Subject({"reference": f"PC-{one.dealer.code}", "pk": one.change_paper.pk}, unit=one.dealer.org_unit)
        for one in (world.x, world.y, world.z)
    ]


def of_papers(world: World) -> list[Subject]:
    return [
        Subject(
            {"reference": one.adjustment.reference, "pk": one.paper.pk}, unit=one.dealer.org_unit, dealer=one.dealer
        )
        for one in (world.x, world.y, world.z)
    ]


def ledger_check(world: World) -> list[Subject]:
    """A check is everybody's who may see any; what it found is not."""
    return [Subject({"pk": world.ledger_check.pk}, everyone=True)]


def of_plan_items(world: World) -> list[Subject]:
    return [
        Subject({"number": one.plan.number, "pk": one.plan_item.pk}, unit=one.dealer.org_unit, dealer=one.dealer)
        for one in (world.x, world.y, world.z)
    ]


def of_dispute_papers(world: World) -> list[Subject]:
    return [
        Subject({"number": one.dispute.number, "pk": one.dispute_paper.pk}, unit=one.dealer.org_unit, dealer=one.dealer)
        for one in (world.x, world.y, world.z)
    ]


def of_rules(world: World) -> list[Subject]:
    """A rule of a draft."""
    return [
        Subject({"code": one.policy.code, "rule": one.policy.rules.get().code}, unit=one.unit)
        for one in (world.a, world.b)
    ]


def fixed(**kwargs: Any) -> Make:
    """An address whose parts are not rows."""
    return lambda world: [Subject(kwargs, everyone=True)]


# The first pattern that fits a route's name fills it. A new route with parts in its address
# needs a line here, unless one fits already.
SUBJECTS: list[tuple[str, Make]] = [
    ("core:job*", own("pk", "jobs")),
    ("core:notice_open", own("pk", "notices")),
    ("api:org-units-*", units),
    ("api:dealers-leave-staff", of_staff("code")),
    ("dealers:staff-leave", of_staff("pk")),
    ("api:dealers-*ify-account", of_accounts),
    ("api:dealers-reject-account", of_accounts),
    ("api:dealers-*", of_things("code", lambda t: t.dealer.code)),
    ("api:agreements-*", of_things("number", lambda t: t.agreement.number)),
    ("api:stock-nodes-*", of_things("code", lambda t: t.node.code)),
    ("api:amounts-*", of_things("code", lambda t: t.dealer.code)),
    ("api:receipts-*", of_things("bank_reference", lambda t: t.receipt.bank_reference)),
    ("api:cards-*", of_things("serial", lambda t: t.card.serial)),
    ("api:sales-*", of_things("event_no", lambda t: t.sale.event_no)),
    ("api:policies-*", of_counties("code", lambda c: c.policy.code)),
    ("api:rules-*", of_counties("code", lambda c: c.rule.code)),
    ("api:points-entries-*", of_things("pk", lambda t: t.points_entry.pk)),
    ("api:points-items-*", rewards),
    ("api:redemptions-*", of_things("reference", lambda t: t.redemption.reference)),
    ("api:budgets-*", of_counties("pk", lambda c: c.budget.pk)),
    ("api:batches-*", of_counties("number", lambda c: c.approved.number)),
    ("api:statements-*", of_things("number", lambda t: t.statement.number)),
    ("api:lines-*", of_things("pk", lambda t: t.line.pk)),
    ("api:pool-entries-*", of_things("pk", lambda t: t.pool_entry.pk)),
    ("api:adjustments-*", of_things("reference", lambda t: t.adjustment.reference)),
    ("api:ledger-checks-*", ledger_check),
    ("api:disputes-*", of_things("number", lambda t: t.dispute.number)),
    ("api:visits-*", of_things("pk", lambda t: t.visit.pk, to_dealers=False)),
    ("api:findings-*", of_things("pk", lambda t: t.finding.pk, to_dealers=False)),
    ("api:violation-notices-*", of_things("number", lambda t: t.notice.number)),
    ("api:violations-*", of_things("reference", lambda t: t.violation.reference)),
    ("api:imports-*", of_counties("pk", lambda c: c.run.pk)),
    ("accounts:session_end", fixed(mark="0badbeef")),
    ("imports:kind", fixed(kind="sales")),
    ("imports:template", fixed(kind="sales")),
    ("imports:rejected", of_counties("pk", lambda c: c.run.pk, form="csv")),
    ("imports:*", of_counties("pk", lambda c: c.run.pk)),
    ("api:rating-rounds-*", lambda world: [Subject({"number": f"2026Q2-{world.city.code}"}, unit=world.city)]),
    ("api:rating-proposals-*", of_things("pk", lambda t: t.proposal.pk, to_dealers=False)),
    ("dealers:proposal", of_things("pk", lambda t: t.proposal.pk, to_dealers=False)),
    ("dealers:document", of_documents),
    ("dealers:check", of_things("pk", lambda t: t.dealer.pk, to_dealers=False, part="documents")),
    ("dealers:*", of_things("pk", lambda t: t.dealer.pk)),
    ("inventory:card", of_things("serial", lambda t: t.card.serial)),
    ("commissions:file", fixed(period="2026-08", name="lines")),
    ("commissions:batch*", of_counties("number", lambda c: c.approved.number)),
    ("commissions:dealer_points", of_things("code", lambda t: t.dealer.code)),
    ("commissions:points_rule*", of_counties("pk", lambda c: c.points_rule.pk)),
    ("commissions:points_item*", of_counties("pk", lambda c: c.reward.pk)),
    ("commissions:redemption*", of_things("reference", lambda t: t.redemption.reference)),
    ("commissions:competitor*", of_counties("pk", lambda c: c.level.pk)),
    ("commissions:budget*", of_counties("pk", lambda c: c.budget.pk)),
    ("commissions:payment*", of_counties("number", lambda c: c.approved.number)),
    ("commissions:account*", of_things("pk", lambda t: t.account.pk)),
    ("commissions:statement*", of_things("number", lambda t: t.statement.number)),
    ("commissions:dealer-statements", of_things("pk", lambda t: t.dealer.pk)),
    ("commissions:line", of_things("pk", lambda t: t.line.pk)),
    ("commissions:adjustment_paper", of_papers),
    ("commissions:adjustment*", of_things("reference", lambda t: t.adjustment.reference)),
    ("commissions:dispute_paper", of_dispute_papers),
    ("commissions:dispute*", of_things("number", lambda t: t.dispute.number)),
    ("commissions:false_sale", of_things("pk", lambda t: t.false_sale.pk)),
    ("api:movements-*", of_things("number", lambda t: t.movement.number)),
    ("api:pool-rounds-*", of_counties("number", lambda c: f"2026H1-{c.unit.code}")),
    ("api:pool-changes-*", of_things("reference", lambda t: f"PC-{t.dealer.code}", to_dealers=False)),
    ("commissions:pool_change_paper", of_change_papers),
    ("commissions:pool_change*", of_things("reference", lambda t: f"PC-{t.dealer.code}", to_dealers=False)),
    ("commissions:pool_override", of_things("number", lambda t: f"PR-{t.dealer.code}", to_dealers=False)),
    ("commissions:pool_r*", of_counties("number", lambda c: f"2026H1-{c.unit.code}")),
    ("commissions:dealer_pool", of_things("code", lambda t: t.dealer.code)),
    ("commissions:ledger_check*", ledger_check),
    ("commissions:rule_*", of_rules),
    ("commissions:simulation*", of_counties("code", lambda c: c.policy.code, period="2026-09")),
    ("commissions:policy*", of_counties("code", lambda c: c.policy.code)),
    ("inventory:node", of_things("code", lambda t: t.node.code)),
    ("inventory:movement-line*", of_movement_lines),
    ("inventory:movement*", of_things("number", lambda t: t.movement.number)),
    ("api:stocktakes-*", of_things("number", lambda t: t.stocktake.number)),
    ("api:material-plans-*", of_things("number", lambda t: t.plan.number)),
    ("api:material-accounts-*", of_things("pk", lambda t: t.material_month.pk)),
    ("inventory:plan-item-remove", of_plan_items),
    ("inventory:plan-use", of_plan_items),
    ("inventory:plan*", of_things("number", lambda t: t.plan.number)),
    ("inventory:material-reconcile", of_things("pk", lambda t: t.material_month.pk)),
    ("inventory:stocktake-line*", of_things("number", lambda t: t.stocktake.number, pk=1)),
    ("inventory:stocktake*", of_things("number", lambda t: t.stocktake.number)),
    ("audits:case*", of_things("number", lambda t: t.case.number)),
    ("audits:visit-start", of_things("pk", lambda t: t.dealer.pk, to_dealers=False)),
    ("audits:visit-section", of_things("pk", lambda t: t.visit.pk, to_dealers=False, number=1)),
    ("audits:visit*", of_things("pk", lambda t: t.visit.pk, to_dealers=False)),
    ("audits:finding*", of_things("pk", lambda t: t.finding.pk, to_dealers=False)),
    ("api:score-rounds-*", of_counties("pk", lambda c: c.scores.pk)),
    ("audits:scores*", of_counties("pk", lambda c: c.scores.pk)),
    ("audits:week-remove", of_things("pk", lambda t: t.planned.pk, to_dealers=False)),
    ("api:planned-visits-*", of_things("pk", lambda t: t.planned.pk, to_dealers=False)),
    ("audits:week-plan", of_things("pk", lambda t: t.dealer.pk, to_dealers=False)),
    ("audits:inspection-start", of_inspectors),
    ("api:inspections-start", of_inspectors),
    ("api:inspection-rounds-*", of_counties("number", lambda c: c.inspection_round.number)),
    ("audits:inspection-round", of_counties("number", lambda c: c.inspection_round.number)),
    ("api:inspections-*", of_inspections),
    ("audits:inspection*", of_inspections),
    ("api:rectifications-*", of_things("number", lambda t: t.rectification.number)),
    ("audits:rectification-before", of_rectification_photos("notice_photo")),
    ("audits:rectification-photo", of_rectification_photos("rectification_photo")),
    ("audits:rectification*", of_things("number", lambda t: t.rectification.number)),
    ("audits:notice-photo", of_notice_photos),
    ("audits:notice*", of_things("number", lambda t: t.notice.number)),
    ("audits:photo*", of_things("pk", lambda t: t.photo.pk, to_dealers=False)),
    ("audits:dealer-*", of_things("pk", lambda t: t.dealer.pk)),
]


def maker(name: str) -> Make | None:
    return next((make for pattern, make in SUBJECTS if fnmatch(name, pattern)), None)
