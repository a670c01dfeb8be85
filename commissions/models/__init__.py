from commissions.models.adjustment import Adjustment
from commissions.models.batch import CountyTurn, SettlementBatch, UnpricedRecord
from commissions.models.budget import BatchKind, Budget, OverBudgetApproval
from commissions.models.competitor import CompetitorLevel
from commissions.models.dispute import Dispute
from commissions.models.line import CommissionLine, Entitlement
from commissions.models.paper import Paper
from commissions.models.payment import Payment
from commissions.models.points import (
    PointsAccount,
    PointsCredit,
    PointsEntry,
    PointsItem,
    PointsRule,
    Redemption,
)
from commissions.models.policy import CommissionPolicy, CommissionRule
from commissions.models.pool import PoolAccount, PoolEntry
from commissions.models.pool_change import PoolChange
from commissions.models.pool_round import CountyAssessmentEvent, PoolPayment, PoolRound, PoolRoundRow, ReturnRatio
from commissions.models.simulation import SimulatedDealer, Simulation
from commissions.models.statement import Carry, Statement, StatementConfirmation
from commissions.models.subsidy import Subsidy

__all__ = [
    "Adjustment",
    "BatchKind",
    "Budget",
    "Carry",
    "CommissionLine",
    "CommissionPolicy",
    "CommissionRule",
    "CompetitorLevel",
    "CountyAssessmentEvent",
    "CountyTurn",
    "Dispute",
    "Entitlement",
    "OverBudgetApproval",
    "Paper",
    "Payment",
    "PointsAccount",
    "PointsCredit",
    "PointsEntry",
    "PointsItem",
    "PointsRule",
    "PoolAccount",
    "PoolChange",
    "PoolEntry",
    "PoolPayment",
    "PoolRound",
    "PoolRoundRow",
    "Redemption",
    "ReturnRatio",
    "SettlementBatch",
    "SimulatedDealer",
    "Simulation",
    "Statement",
    "StatementConfirmation",
    "Subsidy",
    "UnpricedRecord",
]
