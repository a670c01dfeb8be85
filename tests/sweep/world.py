"""A small world for access tests: two counties of one city, another city, every role, every kind of row.

Whatever belongs to county B, to its dealer or to the other dealer of county A carries a
secret in its text, so that a leak shows wherever it comes out.
"""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.db import connection
from django.db.backends.postgresql.psycopg_any import NumericRange

from accounts.models import OrgUnit, User
from accounts.roles import Role
from audits.models import (
    CaseRecord,
    ChecklistTemplate,
    CrossRegionCase,
    DealerScore,
    Finding,
    Inspection,
    InspectionRound,
    PlannedVisit,
    Rectification,
    RectificationPhoto,
    ScoreRound,
    Violation,
    ViolationNotice,
    ViolationType,
    Visit,
    VisitPhoto,
)
from audits.queries import checklists
from commissions.models import (
    Adjustment,
    Budget,
    CommissionLine,
    CommissionPolicy,
    CommissionRule,
    CompetitorLevel,
    CountyAssessmentEvent,
    Dispute,
    Entitlement,
    Paper,
    Payment,
    PointsEntry,
    PointsItem,
    PointsRule,
    PoolChange,
    PoolEntry,
    PoolRound,
    PoolRoundRow,
    Redemption,
    SettlementBatch,
    SimulatedDealer,
    Simulation,
    Statement,
)
from commissions.queries import simulations
from core.models import ImportRun, Job, LedgerCheck, LedgerFinding, Notice
from dealers.models import (
    Agreement,
    Application,
    AssessmentScore,
    CompetitorSeen,
    DealerDocument,
    DealerMonth,
    RatingProposal,
    RatingRound,
    StaffMember,
)
from inventory.models import (
    Card,
    DealerReceipt,
    FalseSale,
    MaterialMonth,
    MaterialPlan,
    MovementLine,
    PlanItem,
    Product,
    StockLevel,
    StockMovement,
    StockNode,
    Stocktake,
)
from tests import factories as make
from tests.sweep.shapes import County, Things, World

AT = make.moment("2026-09-10")
SECRET = "SECRETB"
OTHER_SECRET = "SECRETY"
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360000000000200"
    "01e221bc330000000049454e44ae426082"
)


def build() -> World:
    """The world, in the present transaction."""
    city, unit_a, unit_b = make.make_city(2)
    province = city.parent
    other_city = make.make_unit("5325", "红河州分公司", "city", province)
    grid_a = make.make_unit("532601001", "甲网格", "grid", unit_a)
    grid_y = make.make_unit("532601002", f"乙网格{OTHER_SECRET}", "grid", unit_a)
    grid_b = make.make_unit("532602001", f"丙网格{SECRET}", "grid", unit_b)
    product = make.make_product("PLAN58")
    users = _users(city, other_city, unit_a, grid_a, grid_y, unit_b)
    a = County(unit_a, grid_a, users["county_supervisor"])
    b = County(unit_b, grid_b, users["stranger_county_supervisor"])
    a.things = [
        Things(make.make_dealer(grid_a, "XA001", name="甲店", manager=users["channel_manager"])),
        Things(make.make_dealer(grid_y, "YA001", name=f"乙店{OTHER_SECRET}", contact_phone="13900001111")),
    ]
    b.things = [Things(make.make_dealer(grid_b, "ZB001", name=f"丙店{SECRET}", contact_phone="13900002222"))]
    users["dealer"] = make.make_dealer_user(a.things[0].dealer, "dealer")
    users["stranger_dealer"] = make.make_dealer_user(a.things[1].dealer, "stranger_dealer", name=OTHER_SECRET)
    for county, secret in ((a, ""), (b, SECRET)):
        _county(county, users, secret)
        for things in county.things:
            mark = secret or (OTHER_SECRET if things is a.things[1] else "")
            _things(things, county, users, product, mark)
        _simulation(county.policy, county.things[0].dealer, county.unit)
        _freeze(county, users)
    policy = _policy(city, "POL-CITY", "")
    world = World(city, other_city, a, b, product, policy, users)
    for name in users:
        mark = SECRET if name == "stranger_county_supervisor" else ""
        world.jobs[name] = Job.objects.create(
            kind="settle", key=f"2026-09:{name}", label=f"Job {mark}", owner=users[name], state="done", result={}
        )
        world.notices[name] = Notice.objects.create(user=users[name], text=f"Notice {mark}", url="/")
    world.ledger_check = LedgerCheck.objects.create(
        cause="nightly", started_at=AT, finished_at=AT, held=False, broken=2, checked={"line_adds_up": 2}
    )
    for county, mark in ((a, ""), (b, SECRET)):
        LedgerFinding.objects.create(
            run=world.ledger_check, check_code="line_adds_up", what=f"line {mark}", unit=county.unit
        )
    return world


def _users(city: Any, other_city: Any, a: Any, grid_a: Any, grid_y: Any, b: Any) -> dict[str, User]:
    units = {
        Role.CHANNEL_MANAGER: grid_a,
        Role.COUNTY_SUPERVISOR: a,
        Role.CITY_MANAGER: city,
        Role.FINANCE_CLERK: city,
        Role.FINANCE_APPROVER: city,
        Role.KEEPER: a,
        Role.AUDITOR: a,
        Role.INSPECTOR: city,
        Role.ADMINISTRATOR: city,
    }
    users = {role.value: make.make_user(role.value, role, unit) for role, unit in units.items()}
    make.make_user("other_inspector", Role.INSPECTOR, city)
    strangers = {
        "stranger_channel_manager": (Role.CHANNEL_MANAGER, grid_y, OTHER_SECRET),
        "stranger_county_supervisor": (Role.COUNTY_SUPERVISOR, b, SECRET),
        "stranger_city_manager": (Role.CITY_MANAGER, other_city, ""),
        "stranger_finance_clerk": (Role.FINANCE_CLERK, other_city, ""),
        "stranger_administrator": (Role.ADMINISTRATOR, b, SECRET),
    }
    users |= {
        name: make.make_user(name, role, unit, name=f"{name}{mark}") for name, (role, unit, mark) in strangers.items()
    }
    users["submitter"] = make.make_user("submitter", Role.COUNTY_SUPERVISOR, a)
    users["reviewer"] = make.make_user("reviewer", Role.CITY_MANAGER, city)
    users["approver"] = make.make_user("approver", Role.FINANCE_APPROVER, city)
    return users


def _county(county: County, users: dict[str, User], mark: str) -> None:
    code = county.unit.code
    county.approved = SettlementBatch.objects.create(
        number=f"{code}-202608{mark}",
        county=county.unit,
        kind="monthly",
        period="2026-08",
        first_day=date(2026, 8, 1),
        last_day=date(2026, 8, 31),
        month=date(2026, 8, 1),
        state="calculated",
        lines_at=AT,
    )
    county.calculated = SettlementBatch.objects.create(
        number=f"{code}-202609{mark}",
        county=county.unit,
        kind="monthly",
        period="2026-09",
        first_day=date(2026, 9, 1),
        last_day=date(2026, 9, 30),
        month=date(2026, 9, 1),
        state="calculated",
        calculated_at=make.moment("2099-01-01"),  # later than whatever the test brings in
        lines_at=AT,
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT commissions_open_lines(%s)", [county.approved.pk])
        cursor.execute("SELECT commissions_attach_lines(%s)", [county.approved.pk])
    folder = Path(settings.MEDIA_ROOT) / "imports"
    folder.mkdir(parents=True, exist_ok=True)
    rejected = {
        "row": 2,
        "cells": [mark],
        "problems": [{"column": "event_no", "value": mark, "code": "required", "params": {}}],
    }
    (folder / f"{code}.csv").write_text(f'{{"header": ["event_no"]}}\n{json.dumps(rejected)}\n')
    county.run = ImportRun.objects.create(
        kind="sales",
        file_name=f"sales{mark}.csv",
        file=f"{code}.csv",
        error_file=f"{code}.csv",
        sha256="0" * 64,
        size=10,
        by=county.staff,
        org_unit=county.unit,
        state="rejected",
        rows=1,
        rejected=1,
        errors=[{"row": 2, "column": "event_no", "value": mark, "code": "required", "params": {}}],
    )
    county.policy = _policy(county.unit, f"POL-{code}{mark}", mark)
    county.rule = _policy(county.unit, f"PAST-{code}{mark}", mark, published=True).rules.get()
    county.points_rule = PointsRule.objects.create(
        org_unit=county.unit, kind="sale", points=10, valid_from=date(2026, 1, 1)
    )
    county.reward = PointsItem.objects.create(
        org_unit=county.unit, code=f"G-{code}", name=f"礼品{mark}", category="gift", points=1, stock=9
    )
    county.level = CompetitorLevel.objects.create(
        org_unit=county.unit,
        month=date(2026, 8, 1),
        competitor=f"对手{mark}",
        business_type="activation",
        value=8,
        recorded_at=AT,
    )
    county.budget = Budget.objects.create(org_unit=county.unit, period="2026-09", amount=1000)


def _policy(owner: OrgUnit, code: str, mark: str, *, published: bool = False) -> CommissionPolicy:
    """A draft, or what sales are priced by."""
    state = {"state": "published", "published_at": AT} if published else {}
    policy = CommissionPolicy.objects.create(code=code, name=f"Policy {mark}", org_unit=owner, **state)
    CommissionRule.objects.create(
        policy=policy,
        owner=owner,
        published=published,
        code=f"R-{code}",
        kind="base",
        business_type="activation",
        effective_from=date(2026, 1, 1),
        basis="fixed",
        value=Decimal("10"),
        instalments=[{"offset": 0, "share": "0.70"}, {"offset": 1, "share": "0.30"}],
    )
    return policy


def _simulation(policy: CommissionPolicy, dealer: Any, county: OrgUnit) -> None:
    """The policy tried on September, with one dealer in it."""
    zero = dict.fromkeys(simulations.FIGURES, "0.00")
    side = {"records": 1, **zero}
    simulation = Simulation.objects.create(
        policy=policy,
        month=date(2026, 9, 1),
        at=AT,
        fingerprint="0" * 64,
        result={
            "totals": {"before": side, "after": side},
            "unpriced": {"before": 0, "after": 0},
            "kinds": [{"county": county.code, "kind": "base", "change": "1.00"}],
            "counties": [county.code],
            "refused": [],
        },
    )
    SimulatedDealer.objects.create(simulation=simulation, dealer=dealer, county=county, tier="partner", gross_change=1)


def _things(things: Things, county: County, users: dict[str, User], product: Product, mark: str) -> None:
    dealer, code = things.dealer, f"{things.dealer.code}{mark}"
    staff = county.staff
    things.account = make.make_account(dealer, entered_by=users["submitter"], holder=f"户主{mark}")
    things.agreement = Agreement.objects.create(
        number=f"AG-{code}", dealer=dealer, starts_on="2026-01-01", ends_on="2026-12-31"
    )
    AssessmentScore.objects.create(dealer=dealer, month="2026-08-01", score=95)
    things.node, _new = StockNode.objects.get_or_create(
        dealer=dealer,
        defaults={"code": dealer.code, "name": dealer.name, "kind": "agent1", "org_unit": dealer.org_unit},
    )
    things.card = Card.objects.create(serial=f"8986{code}", product=product, node=things.node, msisdn="13812345678")
    things.movement = StockMovement.objects.create(
        number=f"M-{code}",
        kind="write_off",
        origin=things.node,
        reason="破损",
        made_by=users["keeper"],
        made_at=datetime(2026, 8, 20, tzinfo=UTC),
    )
    things.movement_line = MovementLine.objects.create(
        movement=things.movement, product=product, quantity=1, cards=NumericRange(things.card.pk, things.card.pk + 1)
    )
    things.stocktake = Stocktake.objects.create(
        number=f"P-{code}", node=things.node, made_by=users["keeper"], made_at=datetime(2026, 8, 20, tzinfo=UTC)
    )
    gift, _new = Product.objects.get_or_create(code="GIFT", defaults={"name": "纸巾", "item_kind": "material"})
    things.plan = MaterialPlan.objects.create(
        number=f"F-{code}",
        activity="开业",
        org_unit=dealer.org_unit,
        starts_on="2026-08-01",
        ends_on="2026-12-31",
        made_by=users["keeper"],
        made_at=datetime(2026, 8, 20, tzinfo=UTC),
    )
    things.plan_item = PlanItem.objects.create(plan=things.plan, dealer=dealer, product=gift, quantity=5)
    MaterialPlan.objects.filter(pk=things.plan.pk).update(state="approved", approved_by=users["city_manager"])
    things.material_month = MaterialMonth.objects.create(
        node=things.node,
        product=gift,
        month="2026-08-01",
        **dict.fromkeys(("opening", "received", "sent", "used", "adjusted", "closing"), 0),
    )
    things.receipt = DealerReceipt.objects.create(
        bank_reference=f"B-{code}",
        dealer=dealer,
        amount=100,
        received_on="2026-08-01",
        entered_by=users["finance_clerk"],
        entered_at=datetime(2026, 8, 20, tzinfo=UTC),
    )
    DealerMonth.objects.create(dealer=dealer, month="2026-08-01", sales=1, activations=1, terminals=0, cross_region=0)
    StockLevel.objects.create(
        node=things.node,
        product=product,
        day="2026-09-10",
        stock=1,
        held_since="2026-09-10",
        **dict.fromkeys(("sold", "expired", "expiring"), 0),
        **dict.fromkeys(("is_low", "is_slow", "is_excess"), False),
    )
    things.sale = make.make_sale(dealer, "2026-08-05", product, event_no=f"EV-{code}", serial=things.card.serial)
    kind, _new = ViolationType.objects.get_or_create(code="service")
    things.false_sale = FalseSale.objects.create(record=things.sale, cause="cancelled", confirmed_on="2026-09-05")
    things.violation = Violation.objects.create(
        reference=f"V-{code}", dealer=dealer, type=kind, occurred_on="2026-08-01", confirmed_on="2026-08-02"
    )
    things.case = CrossRegionCase.objects.create(
        number=f"CR-{dealer.code}",
        dealer=dealer,
        month="2026-08-01",
        activations=1,
        flagged=1,
        opened_at=AT,
        answer_due_on="2026-09-15",
        answer=f"Answer {mark}",
    )
    CaseRecord.objects.create(case=things.case, record=things.sale, county=county.unit)
    template = ChecklistTemplate.objects.first()
    things.visit = Visit.objects.create(
        dealer=dealer,
        manager=dealer.manager or staff,
        regime="authorised",
        template=template,
        checklist=checklists.snapshot(template),
        checked_in_at=AT,
        summary=f"Seen {mark}",
        client_id=uuid4(),
    )
    things.finding = Finding.objects.create(
        visit=things.visit, dealer=dealer, category="display", text=f"Finding {mark}", found_at=AT
    )
    things.photo = _photo(things.visit)
    _notify(things, county, mark)
    _points(things, county, code)
    number = things.dealer.pk
    things.statement = Statement.objects.create(
        number=f"ST-{code}", batch=county.approved, dealer=dealer, lines=1, gross=7, net=7, paid=7
    )
    Statement.objects.create(number=f"ST9-{code}", batch=county.calculated, dealer=dealer, lines=0)
    things.line = _line(county, things, number)
    things.pool_entry = PoolEntry.objects.create(
        dealer=dealer, month="2026-08-01", entry="accrual", amount=3, source=f"B-{code}", posted_at=AT
    )
    _correct(things, users, code, mark)
    _pool(things, county, mark)


def _notify(things: Things, county: County, mark: str) -> None:
    """A notice of violation with its photo."""
    dealer = things.dealer
    found = Finding.objects.create(
        visit=things.visit, dealer=dealer, category="exclusivity", text=f"Breach {mark}", found_at=AT, state="confirmed"
    )
    things.notice_photo = _photo(things.visit, "2")
    VisitPhoto.objects.filter(pk=things.notice_photo.pk).update(finding=found)
    paper = Path(settings.MEDIA_ROOT) / f"dealers/{dealer.code}.png"
    paper.parent.mkdir(parents=True, exist_ok=True)
    paper.write_bytes(PIXEL)
    things.document = DealerDocument.objects.create(
        dealer=dealer,
        kind="licence",
        file=f"dealers/{dealer.code}.png",
        name=f"{mark}.png",
        content_type="image/png",
        size=len(PIXEL),
        sha256="1" * 64,
        at=AT,
    )
    Application.objects.create(dealer=dealer, case=f"Why here {mark}", proposed_by=things.visit.manager, proposed_at=AT)
    things.proposal = RatingProposal.objects.create(
        round=_rating_round(dealer), dealer=dealer, current=dealer.tier, proposed="mall", reason="criteria_met"
    )
    things.notice = ViolationNotice.objects.create(
        number=f"VN-{dealer.code}",
        finding=found,
        dealer=dealer,
        type_id="exclusivity",
        occurred_on="2026-08-05",
        grounds=f"Breach {mark}",
        reported_by=things.visit.manager,
        issued_by=User.objects.exclude(pk=things.visit.manager_id).order_by("pk")[0],
        issued_at=AT,
        appeal_until="2026-09-30",
    )
    county.scores = ScoreRound.objects.get_or_create(
        county=county.unit, month="2026-08-01", defaults={"computed_at": AT}
    )[0]
    DealerScore.objects.create(round=county.scores, dealer=dealer, score=80)
    county.inspection_round = InspectionRound.objects.get_or_create(
        number=f"SC-{county.unit.code}",
        defaults={
            "kind": "spot_check",
            "org_unit": county.unit,
            "seed": "1",
            "pool": [[dealer.code, 1]],
            "size": 1,
            "due_on": "2026-09-30",
            "ordered_by": User.objects.filter(role=Role.CITY_MANAGER).earliest("pk"),
            "ordered_at": AT,
        },
    )[0]
    inspectors = {"": "inspector"}
    things.inspection = Inspection.objects.create(
        round=county.inspection_round,
        dealer=dealer,
        kind="spot_check",
        due_on="2026-09-30",
        inspector=User.objects.get(username=inspectors.get(mark, "other_inspector")),
    )
    StaffMember.objects.create(dealer=dealer, name=f"店员{mark}", phone="13700001111", joined_on="2026-01-01")
    CompetitorSeen.objects.create(
        dealer=dealer, operator="telecom", text=f"Seen {mark}", seen_on="2026-09-01", by=things.visit.manager
    )
    visitor = dealer.manager or User.objects.get(username="stranger_channel_manager")
    things.planned = PlannedVisit.objects.create(manager=visitor, dealer=dealer, day="2030-01-01", place=1)
    things.rectification = Rectification.objects.create(
        number=f"R-{dealer.code}",
        finding=found,
        dealer=dealer,
        demand=f"Put it right {mark}",
        due_on="2026-09-30",
        ordered_by=things.visit.manager,
        ordered_at=AT,
    )
    things.rectification_photo = RectificationPhoto.objects.create(
        rectification=things.rectification, by=things.visit.manager, **_picture(f"rectifications/{dealer.code}.png")
    )


def _rating_round(dealer: Any) -> RatingRound:
    city = dealer.org_unit.county.parent
    return RatingRound.objects.get_or_create(
        number=f"2026Q2-{city.code}",
        defaults={
            "city": city,
            "period": "2026Q2",
            "last_day": "2026-06-30",
            "effective_on": "2026-07-01",
            "rated_at": AT,
        },
    )[0]


def _pool(things: Things, county: County, mark: str) -> None:
    """A dealer in its county's payout round, and a change request with a paper."""
    dealer = things.dealer
    round_, _new = PoolRound.objects.get_or_create(
        number=f"2026H1-{county.unit.code}",
        defaults={"county": county.unit, "period": "2026H1", "first_day": "2026-01-01", "last_day": "2026-06-30"},
    )
    PoolRoundRow.objects.create(
        number=f"PR-{dealer.code}", round=round_, dealer=dealer, basis=3, idle_months=3, factor=0, ground=mark
    )
    change = PoolChange.objects.create(
        reference=f"PC-{dealer.code}", dealer=dealer, amount=1, reason=f"Change {mark}", filed_at=AT
    )
    CountyAssessmentEvent.objects.create(
        county=county.unit,
        kind="wrong_entry",
        dealer=dealer,
        change=change,
        reason=f"Event {mark}",
        by=User.objects.filter(role=Role.CITY_MANAGER).earliest("pk"),
        at=AT,
    )
    name = f"papers/change-{change.pk}.png"
    path = Path(settings.MEDIA_ROOT) / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(PIXEL)
    things.change_paper = Paper.objects.create(
        pool_change=change, file=name, name=f"{mark}.png", content_type="image/png", size=1, sha256="2" * 64, at=AT
    )


def _correct(things: Things, users: dict[str, User], code: str, mark: str) -> None:
    """An approved adjustment with a paper."""
    things.adjustment = Adjustment.objects.create(
        reference=f"ADJ-{code}",
        dealer=things.dealer,
        month=date(2026, 9, 1),
        amount=5,
        type="delayed",
        document_no="WS9",
        document_name=f"通报{mark}",
        reason="漏发",
        state="approved",
        entered_by=users["submitter"],
        entered_at=AT,
        approved_by=users["reviewer"],
        approved_at=AT,
    )
    things.paper = _paper(mark, adjustment=things.adjustment)


def _paper(mark: str, **belongs_to: Any) -> Paper:
    name = f"papers/{uuid4().hex}.png"
    path = Path(settings.MEDIA_ROOT) / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(PIXEL)
    return Paper.objects.create(
        **belongs_to,
        file=name,
        name=f"{mark}.png",
        content_type="image/png",
        size=len(PIXEL),
        sha256="1" * 64,
        at=AT,
    )


def _dispute(things: Things, users: dict[str, User]) -> None:
    """A dispute of the line, on an approved statement."""
    mark = OTHER_SECRET if things.dealer.code == "YA001" else SECRET if things.dealer.code == "ZB001" else ""
    things.dispute = Dispute.objects.create(
        number=f"DSP-{things.dealer.code}",
        statement=things.statement,
        dealer=things.dealer,
        line=things.line.pk if things.line else None,
        text=f"少算一笔{mark}",
        due_on=date(2026, 9, 15),
        opened_by=users["dealer"],
        opened_at=AT,
    )
    things.dispute_paper = _paper(mark, dispute=things.dispute, step="open")


def _points(things: Things, county: County, code: str) -> None:
    """Some points, and a reward that somebody of the store asked for."""
    things.points_entry = PointsEntry.objects.create(
        dealer=things.dealer, month="2026-08-01", entry="sale", points=5, source=f"P-{code}", posted_at=AT
    )
    things.redemption = Redemption.objects.create(
        reference=f"RD-{code}",
        dealer=things.dealer,
        item=county.reward,
        points=1,
        requested_by=county.staff,
        requested_at=AT,
    )


def _photo(visit: Visit, digest: str = "1") -> VisitPhoto:
    return VisitPhoto.objects.create(visit=visit, **_picture(f"visits/{visit.pk}-{digest}.png", digest))


def _picture(name: str, digest: str = "1") -> dict[str, Any]:
    """The fields of a stored photo, whose file is there."""
    path = Path(settings.MEDIA_ROOT) / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(PIXEL)
    return {"file": name, "sha256": digest * 64, "width": 1, "height": 1, "size": len(PIXEL), "uploaded_at": AT}


def _line(county: County, things: Things, number: int) -> CommissionLine:
    Entitlement.objects.create(
        record=things.sale,
        kind="base",
        batch=county.approved,
        county=county.unit,
        dealer=things.dealer,
        rule=county.rule,
        event_month=date(2026, 8, 1),
        subscriber_no=things.sale.subscriber_no,
        value=10,
        total=10,
    )
    return CommissionLine.objects.create(
        id=(county.approved.pk << 32) + number,
        batch=county.approved,
        dealer=things.dealer,
        record=things.sale,
        rule=county.rule,
        line_type="record",
        kind="base",
        instalment=1,
        due_month=date(2026, 8, 1),
        total=10,
        amount=7,
        withheld=0,
        pool_amount=0,
        payable=7,
    )


def _freeze(county: County, users: dict[str, User]) -> None:
    """Approve the first batch, by three people, and issue its payments."""
    SettlementBatch.objects.filter(pk=county.approved.pk).update(
        state="approved",
        submitted_by=users["submitter"],
        reviewed_by=users["reviewer"],
        approved_by=users["approver"],
        approved_at=AT,
        content_hash="x" * 64,
    )
    county.approved.refresh_from_db()
    for things in county.things:
        _dispute(things, users)
        things.payment = Payment.objects.create(
            statement=things.statement,
            amount=7,
            bank="中国银行",
            account="6222",
            holder=things.dealer.name,
            issued_by=users["finance_clerk"],
            issued_at=AT,
        )
