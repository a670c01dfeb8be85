"""Who may do what: one table, asked by pages, API, commands, menus and buttons.

A permission says what is done, not where: where is the scope's business
(`core.scoping`). See docs/architecture.md, "Permissions".
"""

from enum import StrEnum

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    CHANNEL_MANAGER = "channel_manager", _("Channel manager")
    COUNTY_SUPERVISOR = "county_supervisor", _("County supervisor")
    CITY_MANAGER = "city_manager", _("City channel manager")
    FINANCE_CLERK = "finance_clerk", _("Finance clerk")
    FINANCE_APPROVER = "finance_approver", _("Finance approver")
    KEEPER = "keeper", _("Keeper")
    AUDITOR = "auditor", _("Auditor")
    INSPECTOR = "inspector", _("Inspector")
    DEALER = "dealer", _("Dealer user")
    ADMINISTRATOR = "administrator", _("Administrator")


class Permission(StrEnum):
    # Anyone signed in: own account, notices, jobs
    USE_PORTAL = "use_portal"
    ADMIN_SITE = "admin_site"
    VIEW_USERS = "view_users"
    # Dealers
    VIEW_DEALERS = "view_dealers"
    VIEW_OWN_DEALER = "view_own_dealer"
    EDIT_DEALERS = "edit_dealers"
    ASSIGN_MANAGERS = "assign_managers"
    ENTER_ACCOUNTS = "enter_accounts"
    VERIFY_ACCOUNTS = "verify_accounts"
    VERIFY_DEALERS = "verify_dealers"
    VIEW_RATINGS = "view_ratings"
    RATE_DEALERS = "rate_dealers"
    APPROVE_RATINGS = "approve_ratings"
    # Visits
    VIEW_VISITS = "view_visits"
    LOG_VISITS = "log_visits"
    # Inspections
    VIEW_INSPECTIONS = "view_inspections"
    ORDER_INSPECTIONS = "order_inspections"
    INSPECT = "inspect"
    # Cross-region cases
    VIEW_CASES = "view_cases"
    DETECT_CASES = "detect_cases"
    ANSWER_CASES = "answer_cases"
    REPORT_CASES = "report_cases"
    # Violation notices
    VIEW_NOTICES = "view_notices"
    DECIDE_FINDINGS = "decide_findings"
    APPEAL_NOTICES = "appeal_notices"
    # Rectification
    VIEW_RECTIFICATIONS = "view_rectifications"
    MANAGE_RECTIFICATIONS = "manage_rectifications"
    REPORT_RECTIFICATIONS = "report_rectifications"
    # Assessment scores
    VIEW_SCORES = "view_scores"
    PUBLISH_SCORES = "publish_scores"
    # Imports, by what the file is about
    VIEW_IMPORTS = "view_imports"
    IMPORT_ORGANISATION = "import_organisation"
    IMPORT_MASTER_DATA = "import_master_data"
    IMPORT_DEALERS = "import_dealers"
    IMPORT_FACTS = "import_facts"
    IMPORT_FINANCE = "import_finance"
    IMPORT_STOCK = "import_stock"
    CONFIRM_VIOLATIONS = "confirm_violations"
    # Commissions
    VIEW_POLICIES = "view_policies"
    EDIT_POLICIES = "edit_policies"
    PUBLISH_POLICIES = "publish_policies"
    VIEW_BATCHES = "view_batches"
    SETTLE = "settle"
    SUBMIT_BATCHES = "submit_batches"
    REVIEW_BATCHES = "review_batches"
    RETURN_BATCHES = "return_batches"
    VOID_BATCHES = "void_batches"
    APPROVE_BATCHES = "approve_batches"
    PAY_BATCHES = "pay_batches"
    VIEW_STATEMENTS = "view_statements"
    CONFIRM_STATEMENTS = "confirm_statements"
    DISPUTE_STATEMENTS = "dispute_statements"
    ANSWER_DISPUTES = "answer_disputes"
    DECIDE_DISPUTES = "decide_disputes"
    VIEW_POOL = "view_pool"
    IMPORT_ADJUSTMENTS = "import_adjustments"
    ENTER_ADJUSTMENTS = "enter_adjustments"
    APPROVE_ADJUSTMENTS = "approve_adjustments"
    # Budgets
    VIEW_BUDGETS = "view_budgets"
    EDIT_BUDGETS = "edit_budgets"
    GRANT_OVER_BUDGET = "grant_over_budget"
    # The check of the books
    VIEW_LEDGERS = "view_ledgers"
    # Payout rounds
    VIEW_POOL_ROUNDS = "view_pool_rounds"
    DECIDE_RATIOS = "decide_ratios"
    OVERRIDE_POOL = "override_pool"
    APPROVE_POOL_ROUNDS = "approve_pool_rounds"
    FILE_POOL_CHANGES = "file_pool_changes"
    APPROVE_POOL_CHANGES = "approve_pool_changes"
    # Points
    VIEW_POINTS = "view_points"
    EDIT_POINTS = "edit_points"
    REDEEM_POINTS = "redeem_points"
    APPROVE_REDEMPTIONS = "approve_redemptions"
    HAND_OVER_REWARDS = "hand_over_rewards"
    # Stock
    VIEW_STOCK = "view_stock"
    VIEW_SALES = "view_sales"
    VIEW_STOCKTAKES = "view_stocktakes"
    VIEW_MOVEMENTS = "view_movements"
    MOVE_STOCK = "move_stock"
    APPROVE_MOVEMENTS = "approve_movements"
    COUNT_STOCK = "count_stock"
    VERIFY_STOCKTAKES = "verify_stocktakes"
    VIEW_MATERIALS = "view_materials"
    PLAN_MATERIALS = "plan_materials"
    APPROVE_MATERIAL_PLANS = "approve_material_plans"
    USE_MATERIALS = "use_materials"
    RECONCILE_MATERIALS = "reconcile_materials"
    VIEW_AMOUNTS = "view_amounts"
    ENTER_RECEIPTS = "enter_receipts"
    # Reports
    VIEW_REPORTS = "view_reports"


P = Permission

_EVERYONE = frozenset({P.USE_PORTAL})
_READ_COMMISSIONS = frozenset(
    {P.VIEW_BATCHES, P.VIEW_STATEMENTS, P.VIEW_POOL, P.VIEW_POOL_ROUNDS, P.VIEW_POLICIES, P.VIEW_BUDGETS}
)

ROLE_PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.CHANNEL_MANAGER: _EVERYONE
    | {
        P.VIEW_CASES,
        P.VIEW_NOTICES,
        P.VIEW_SCORES,
        P.VIEW_RECTIFICATIONS,
        P.MANAGE_RECTIFICATIONS,
        P.REPORT_RECTIFICATIONS,
        P.VIEW_POINTS,
        P.VIEW_DEALERS,
        P.VIEW_RATINGS,
        P.EDIT_DEALERS,
        P.VERIFY_DEALERS,
        P.ENTER_ACCOUNTS,
        P.VIEW_VISITS,
        P.LOG_VISITS,
        P.VIEW_STATEMENTS,
        P.VIEW_POOL,
        P.VIEW_STOCK,
        P.VIEW_SALES,
        P.VIEW_STOCKTAKES,
        P.VIEW_MOVEMENTS,
        P.COUNT_STOCK,
        P.VIEW_REPORTS,
        P.VIEW_MATERIALS,
        P.USE_MATERIALS,
    },
    Role.COUNTY_SUPERVISOR: _EVERYONE
    | _READ_COMMISSIONS
    | {
        P.VIEW_CASES,
        P.VIEW_NOTICES,
        P.VIEW_SCORES,
        P.PUBLISH_SCORES,
        P.VIEW_RECTIFICATIONS,
        P.MANAGE_RECTIFICATIONS,
        P.DECIDE_FINDINGS,
        P.DETECT_CASES,
        P.REPORT_CASES,
        P.VIEW_POINTS,
        P.VIEW_DEALERS,
        P.VIEW_RATINGS,
        P.EDIT_DEALERS,
        P.VERIFY_DEALERS,
        P.ASSIGN_MANAGERS,
        P.ENTER_ACCOUNTS,
        P.VIEW_VISITS,
        P.LOG_VISITS,
        P.VIEW_USERS,
        P.VIEW_IMPORTS,
        P.IMPORT_DEALERS,
        P.IMPORT_FACTS,
        P.SETTLE,
        P.SUBMIT_BATCHES,
        P.ANSWER_DISPUTES,
        P.ENTER_ADJUSTMENTS,
        P.DECIDE_RATIOS,
        P.FILE_POOL_CHANGES,
        P.VIEW_STOCK,
        P.VIEW_SALES,
        P.VIEW_STOCKTAKES,
        P.VIEW_MOVEMENTS,
        P.APPROVE_MOVEMENTS,
        P.COUNT_STOCK,
        P.VIEW_REPORTS,
        P.VIEW_MATERIALS,
        P.PLAN_MATERIALS,
        P.VIEW_AMOUNTS,
    },
    Role.CITY_MANAGER: _EVERYONE
    | _READ_COMMISSIONS
    | {
        P.VIEW_CASES,
        P.VIEW_NOTICES,
        P.VIEW_SCORES,
        P.VIEW_RECTIFICATIONS,
        P.DETECT_CASES,
        P.VIEW_DEALERS,
        P.VIEW_RATINGS,
        P.RATE_DEALERS,
        P.APPROVE_RATINGS,
        P.EDIT_DEALERS,
        P.VERIFY_DEALERS,
        P.ASSIGN_MANAGERS,
        P.ENTER_ACCOUNTS,
        P.VIEW_INSPECTIONS,
        P.ORDER_INSPECTIONS,
        P.INSPECT,
        P.VIEW_VISITS,
        P.VIEW_USERS,
        P.VIEW_IMPORTS,
        P.IMPORT_MASTER_DATA,
        P.IMPORT_DEALERS,
        P.IMPORT_FACTS,
        P.IMPORT_FINANCE,
        P.IMPORT_STOCK,
        P.CONFIRM_VIOLATIONS,
        P.EDIT_POLICIES,
        P.PUBLISH_POLICIES,
        P.SETTLE,
        P.REVIEW_BATCHES,
        P.RETURN_BATCHES,
        P.VOID_BATCHES,
        P.DECIDE_DISPUTES,
        P.IMPORT_ADJUSTMENTS,
        P.ENTER_ADJUSTMENTS,
        P.APPROVE_ADJUSTMENTS,
        P.EDIT_BUDGETS,
        P.OVERRIDE_POOL,
        P.APPROVE_POOL_ROUNDS,
        P.FILE_POOL_CHANGES,
        P.APPROVE_POOL_CHANGES,
        P.VIEW_POINTS,
        P.EDIT_POINTS,
        P.APPROVE_REDEMPTIONS,
        P.VIEW_STOCK,
        P.VIEW_SALES,
        P.VIEW_STOCKTAKES,
        P.VIEW_MOVEMENTS,
        P.APPROVE_MOVEMENTS,
        P.VIEW_LEDGERS,
        P.VIEW_REPORTS,
        P.VIEW_MATERIALS,
        P.PLAN_MATERIALS,
        P.APPROVE_MATERIAL_PLANS,
        P.VIEW_AMOUNTS,
    },
    Role.FINANCE_CLERK: _EVERYONE
    | _READ_COMMISSIONS
    | {
        P.VIEW_DEALERS,
        P.VIEW_IMPORTS,
        P.IMPORT_FINANCE,
        P.VERIFY_ACCOUNTS,
        P.RETURN_BATCHES,
        P.PAY_BATCHES,
        P.IMPORT_ADJUSTMENTS,
        P.ENTER_ADJUSTMENTS,
        P.EDIT_BUDGETS,
        P.VIEW_LEDGERS,
        P.VIEW_POINTS,
        P.HAND_OVER_REWARDS,
        P.VIEW_REPORTS,
        P.VIEW_MATERIALS,
        P.VIEW_AMOUNTS,
        P.ENTER_RECEIPTS,
    },
    Role.FINANCE_APPROVER: _EVERYONE
    | _READ_COMMISSIONS
    | {
        P.VIEW_DEALERS,
        P.RETURN_BATCHES,
        P.APPROVE_BATCHES,
        P.APPROVE_ADJUSTMENTS,
        P.GRANT_OVER_BUDGET,
        P.VIEW_LEDGERS,
        P.APPROVE_POOL_ROUNDS,
        P.APPROVE_POOL_CHANGES,
        P.VIEW_REPORTS,
        P.VIEW_AMOUNTS,
    },
    Role.AUDITOR: _EVERYONE
    | {
        P.VIEW_CASES,
        P.VIEW_NOTICES,
        P.VIEW_SCORES,
        P.VIEW_RECTIFICATIONS,
        P.REPORT_CASES,
        P.VIEW_DEALERS,
        P.VIEW_RATINGS,
        P.VIEW_STOCK,
        P.VIEW_SALES,
        P.VIEW_STOCKTAKES,
        P.VIEW_MOVEMENTS,
        P.VERIFY_STOCKTAKES,
        P.VIEW_INSPECTIONS,
        P.VIEW_VISITS,
        P.VIEW_BATCHES,
        P.VIEW_STATEMENTS,
        P.VIEW_LEDGERS,
        P.VIEW_MATERIALS,
        P.RECONCILE_MATERIALS,
        P.VIEW_AMOUNTS,
    },
    Role.KEEPER: _EVERYONE
    | {
        P.VIEW_STOCK,
        P.VIEW_SALES,
        P.VIEW_STOCKTAKES,
        P.VIEW_MOVEMENTS,
        P.MOVE_STOCK,
        P.COUNT_STOCK,
        P.VIEW_IMPORTS,
        P.IMPORT_STOCK,
        P.VIEW_POINTS,
        P.HAND_OVER_REWARDS,
        P.VIEW_MATERIALS,
        P.VIEW_AMOUNTS,
    },
    Role.INSPECTOR: _EVERYONE | {P.INSPECT},
    Role.DEALER: _EVERYONE
    | {
        P.VIEW_CASES,
        P.VIEW_NOTICES,
        P.VIEW_RECTIFICATIONS,
        P.REPORT_RECTIFICATIONS,
        P.APPEAL_NOTICES,
        P.ANSWER_CASES,
        P.VIEW_OWN_DEALER,
        P.VIEW_STATEMENTS,
        P.CONFIRM_STATEMENTS,
        P.DISPUTE_STATEMENTS,
        P.VIEW_POOL,
        P.VIEW_POINTS,
        P.REDEEM_POINTS,
        P.VIEW_STOCK,
        P.VIEW_MOVEMENTS,
        P.MOVE_STOCK,
        P.VIEW_MATERIALS,
        P.USE_MATERIALS,
        P.VIEW_AMOUNTS,
    },
    Role.ADMINISTRATOR: _EVERYONE
    | {
        P.VIEW_CASES,
        P.VIEW_NOTICES,
        P.VIEW_SCORES,
        P.VIEW_RECTIFICATIONS,
        P.ADMIN_SITE,
        P.VIEW_USERS,
        P.VIEW_POINTS,
        P.VIEW_DEALERS,
        P.VIEW_RATINGS,
        P.VIEW_IMPORTS,
        P.IMPORT_ORGANISATION,
        P.IMPORT_MASTER_DATA,
        P.IMPORT_DEALERS,
        P.IMPORT_STOCK,
        P.VIEW_POLICIES,
        P.VIEW_BATCHES,
        P.VIEW_STATEMENTS,
        P.VIEW_BUDGETS,
        P.VIEW_LEDGERS,
        P.VIEW_STOCK,
        P.VIEW_SALES,
        P.VIEW_STOCKTAKES,
        P.VIEW_MOVEMENTS,
        P.VIEW_INSPECTIONS,
        P.VIEW_VISITS,
        P.VIEW_REPORTS,
        P.VIEW_MATERIALS,
        P.VIEW_AMOUNTS,
    },
}


def roles_with(permission: Permission) -> list[Role]:
    """The roles that hold `permission`."""
    return [role for role, held in ROLE_PERMISSIONS.items() if permission in held]
