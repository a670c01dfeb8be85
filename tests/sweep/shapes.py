"""What the world of the access tests consists of."""

from dataclasses import dataclass, field
from typing import Any

from accounts.models import OrgUnit, User
from audits.models import (
    CrossRegionCase,
    Finding,
    Inspection,
    InspectionRound,
    PlannedVisit,
    Rectification,
    RectificationPhoto,
    ScoreRound,
    Violation,
    ViolationNotice,
    Visit,
    VisitPhoto,
)
from commissions.models import (
    Adjustment,
    Budget,
    CommissionLine,
    CommissionPolicy,
    CommissionRule,
    CompetitorLevel,
    Dispute,
    Paper,
    Payment,
    PointsEntry,
    PointsItem,
    PointsRule,
    PoolEntry,
    Redemption,
    SettlementBatch,
    Statement,
)
from core.models import ImportRun, Job, LedgerCheck, Notice
from dealers.models import Agreement, Dealer, DealerDocument, RatingProposal
from inventory.models import (
    Card,
    DealerReceipt,
    FalseSale,
    MaterialMonth,
    MaterialPlan,
    MovementLine,
    PlanItem,
    Product,
    SalesRecord,
    StockMovement,
    StockNode,
    Stocktake,
)


@dataclass
class Things:
    """One dealer with one row of everything that hangs on it."""

    dealer: Dealer
    account: Any = None
    document: DealerDocument | None = None
    agreement: Agreement | None = None
    node: StockNode | None = None
    card: Card | None = None
    sale: SalesRecord | None = None
    violation: Violation | None = None
    case: CrossRegionCase | None = None
    movement: StockMovement | None = None
    movement_line: MovementLine | None = None
    stocktake: Stocktake | None = None
    plan: MaterialPlan | None = None
    plan_item: PlanItem | None = None
    material_month: MaterialMonth | None = None
    receipt: DealerReceipt | None = None
    proposal: RatingProposal | None = None
    visit: Visit | None = None
    finding: Finding | None = None
    photo: VisitPhoto | None = None
    rectification: Rectification | None = None
    inspection: Inspection | None = None
    planned: PlannedVisit | None = None
    rectification_photo: RectificationPhoto | None = None
    notice: ViolationNotice | None = None
    notice_photo: VisitPhoto | None = None
    statement: Statement | None = None
    line: CommissionLine | None = None
    payment: Payment | None = None
    pool_entry: PoolEntry | None = None
    change_paper: Paper | None = None
    points_entry: PointsEntry | None = None
    redemption: Redemption | None = None
    adjustment: Adjustment | None = None
    paper: Paper | None = None
    false_sale: FalseSale | None = None
    dispute: Dispute | None = None
    dispute_paper: Paper | None = None


@dataclass
class County:
    """A county with its grid, its rows and the batches of two months."""

    unit: OrgUnit
    grid: OrgUnit
    staff: User
    approved: SettlementBatch | None = None
    calculated: SettlementBatch | None = None
    run: ImportRun | None = None
    policy: CommissionPolicy | None = None
    rule: CommissionRule | None = None
    budget: Budget | None = None
    level: CompetitorLevel | None = None
    points_rule: PointsRule | None = None
    reward: PointsItem | None = None
    scores: ScoreRound | None = None
    inspection_round: InspectionRound | None = None
    things: list[Things] = field(default_factory=list)


@dataclass
class World:
    city: OrgUnit
    other_city: OrgUnit
    a: County
    b: County
    product: Product
    policy: CommissionPolicy
    users: dict[str, User]
    jobs: dict[str, Job] = field(default_factory=dict)
    notices: dict[str, Notice] = field(default_factory=dict)
    ledger_check: LedgerCheck | None = None

    @property
    def x(self) -> Things:
        """The dealer of county A whose user is `dealer`."""
        return self.a.things[0]

    @property
    def y(self) -> Things:
        """The other dealer of county A, in another grid."""
        return self.a.things[1]

    @property
    def z(self) -> Things:
        """The dealer of county B."""
        return self.b.things[0]
