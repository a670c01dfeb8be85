"""Every address below /api/: an app's resource becomes public by standing here."""

from django.urls import include, path, re_path
from rest_framework.routers import SimpleRouter

from accounts.api.org_units import OrgUnits
from audits.api.inspections import InspectionRounds, Inspections
from audits.api.notices import Notices
from audits.api.rectifications import Rectifications
from audits.api.scores import ScoreRounds
from audits.api.violations import Violations
from audits.api.visits import Findings, Visits
from audits.api.weeks import PlannedVisits
from channels_portal.api.imports import Imports
from channels_portal.api.views import Docs, EndToken, GetToken, NotHere, Schema
from commissions.api.adjustments import Adjustments
from commissions.api.batches import Batches
from commissions.api.budgets import Budgets
from commissions.api.disputes import Disputes
from commissions.api.ledgers import LedgerChecks
from commissions.api.points import PointsEntries, PointsItems, Redemptions
from commissions.api.policies import Policies, Rules
from commissions.api.pool_rounds import PoolChanges, PoolRounds
from commissions.api.statements import Lines, PoolEntries, Statements
from dealers.api.agreements import Agreements
from dealers.api.dealers import Dealers
from dealers.api.ratings import RatingProposals, RatingRounds
from inventory.api.amounts import Amounts, Receipts
from inventory.api.materials import MaterialAccounts, MaterialPlans
from inventory.api.movements import Movements
from inventory.api.sales import Sales
from inventory.api.stock import Cards, StockNodes
from inventory.api.stocktakes import Stocktakes

RESOURCES = {
    "org-units": OrgUnits,
    "dealers": Dealers,
    "agreements": Agreements,
    "rating-rounds": RatingRounds,
    "rating-proposals": RatingProposals,
    "stock-nodes": StockNodes,
    "material-plans": MaterialPlans,
    "material-accounts": MaterialAccounts,
    "movements": Movements,
    "stocktakes": Stocktakes,
    "amounts": Amounts,
    "receipts": Receipts,
    "cards": Cards,
    "sales": Sales,
    "policies": Policies,
    "rules": Rules,
    "batches": Batches,
    "budgets": Budgets,
    "statements": Statements,
    "adjustments": Adjustments,
    "disputes": Disputes,
    "lines": Lines,
    "pool-entries": PoolEntries,
    "pool-rounds": PoolRounds,
    "pool-changes": PoolChanges,
    "ledger-checks": LedgerChecks,
    "points-entries": PointsEntries,
    "points-items": PointsItems,
    "redemptions": Redemptions,
    "visits": Visits,
    "findings": Findings,
    "planned-visits": PlannedVisits,
    "rectifications": Rectifications,
    "score-rounds": ScoreRounds,
    "inspections": Inspections,
    "inspection-rounds": InspectionRounds,
    "violation-notices": Notices,
    "violations": Violations,
    "imports": Imports,
}

router = SimpleRouter()
for name, resource in RESOURCES.items():
    router.register(name, resource, basename=name)

app_name = "api"
urlpatterns = [
    path("v1/", include(router.urls)),
    path("v1/token/", GetToken.as_view(), name="token"),
    path("v1/token/end/", EndToken.as_view(), name="token_end"),
    path("schema/", Schema.as_view(), name="schema"),
    path("docs/", Docs.as_view(), name="docs"),
    re_path(r"^.*$", NotHere.as_view(), name="not_here"),
]
