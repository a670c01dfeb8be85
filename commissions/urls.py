from django.urls import path, re_path

from commissions import urls_budgets, urls_points
from commissions.views import (
    accounts,
    adjustments,
    batch,
    disputes,
    explain,
    exports,
    false_sales,
    ledgers,
    moves,
    overview,
    own,
    panels,
    payments,
    policies,
    pool,
    pool_changes,
    pool_rounds,
    simulations,
    statements,
)

app_name = "commissions"

BATCH = "batches/<str:number>/"
STATEMENT = "statements/<str:number>/"
ADJUSTMENT = "adjustments/<str:reference>/"
DISPUTE = "disputes/<str:number>/"
POLICY = "policies/<str:code>/"
SIMULATION = POLICY + "simulations/<str:period>/"

urlpatterns = [
    # Batches of a period
    path("", overview.Overview.as_view(), name="batches"),
    path("settle/", overview.Settle.as_view(), name="settle"),
    path("progress/", overview.SettlementProgress.as_view(), name="progress"),
    path("files/", exports.Files.as_view(), name="files"),
    re_path(r"^files/(?P<period>[0-9W-]{7,8})/(?P<name>lines|statements)\.csv$", exports.File.as_view(), name="file"),
    # Payout rounds and change requests of pools
    path("pool/rounds/", pool_rounds.Rounds.as_view(), name="pool_rounds"),
    path("pool/rounds/calculate/", pool_rounds.Calculate.as_view(), name="pool_round_new"),
    path("pool/rounds/<str:number>/", pool_rounds.Round.as_view(), name="pool_round"),
    path("pool/rounds/<str:number>/ratios/", pool_rounds.Ratios.as_view(), name="pool_ratios"),
    path("pool/rounds/<str:number>/submit/", pool_rounds.Submit.as_view(), name="pool_round_submit"),
    path("pool/rounds/<str:number>/return/", pool_rounds.Return.as_view(), name="pool_round_return"),
    path("pool/rounds/<str:number>/approve/", pool_rounds.Approve.as_view(), name="pool_round_approve"),
    path("pool/rounds/<str:number>/pay/", pool_rounds.Pay.as_view(), name="pool_round_pay"),
    path("pool/rounds/<str:number>/payments.xlsx", pool_rounds.PayFile.as_view(), name="pool_round_payments"),
    path("pool/payouts/<str:number>/override/", pool_rounds.Override.as_view(), name="pool_override"),
    path("pool/liability/", pool_rounds.Liability.as_view(), name="pool_liability"),
    path("pool/changes/", pool_changes.Changes.as_view(), name="pool_changes"),
    path("pool/changes/new/", pool_changes.NewChange.as_view(), name="pool_change_new"),
    path("pool/changes/<str:reference>/", pool_changes.Change.as_view(), name="pool_change"),
    path("pool/changes/<str:reference>/approve/", pool_changes.Approve.as_view(), name="pool_change_approve"),
    path("pool/changes/<str:reference>/reject/", pool_changes.Reject.as_view(), name="pool_change_reject"),
    path("pool/changes/<str:reference>/papers/<int:pk>/", pool_changes.ChangePaper.as_view(), name="pool_change_paper"),
    path("files/pool.csv", exports.PoolFile.as_view(), name="pool_file"),
    path("batches/", batch.BatchList.as_view(), name="batch_list"),
    # One batch
    path(BATCH, batch.BatchDetail.as_view(), name="batch"),
    path(BATCH + "statements/", batch.BatchStatements.as_view(), name="batch_statements"),
    path(BATCH + "lines/", batch.BatchLines.as_view(), name="batch_lines"),
    path(BATCH + "unpriced/", batch.BatchUnpriced.as_view(), name="batch_unpriced"),
    path(BATCH + "charts/", batch.BatchCharts.as_view(), name="batch_charts"),
    path(BATCH + "submit/", moves.Submit.as_view(), name="batch_submit"),
    path(BATCH + "review/", moves.Review.as_view(), name="batch_review"),
    path(BATCH + "approve/", moves.Approve.as_view(), name="batch_approve"),
    path(BATCH + "return/", moves.Return.as_view(), name="batch_return"),
    path(BATCH + "void/", moves.Void.as_view(), name="batch_void"),
    path(BATCH + "recalculate/", moves.Recalculate.as_view(), name="batch_recalculate"),
    path(BATCH + "payments/", payments.BatchPayments.as_view(), name="batch_payments"),
    path(BATCH + "payments/file/", payments.PaymentFile.as_view(), name="payment_file"),
    path(BATCH + "payments/issue/", payments.IssuePayments.as_view(), name="payments_issue"),
    # Payments
    path("payments/results/", payments.PaymentResults.as_view(), name="payment_results"),
    path("accounts/", accounts.Accounts.as_view(), name="accounts"),
    path("accounts/<int:pk>/", accounts.AccountDetail.as_view(), name="account"),
    path("accounts/<int:pk>/verify/", accounts.VerifyAccount.as_view(), name="account_verify"),
    path("accounts/<int:pk>/reject/", accounts.RejectAccount.as_view(), name="account_reject"),
    # Statements
    path("statements/", statements.Statements.as_view(), name="statements"),
    path(STATEMENT, statements.StatementDetail.as_view(), name="statement"),
    path(STATEMENT + "lines/", statements.StatementLines.as_view(), name="statement_lines"),
    path(STATEMENT + "confirm/", statements.ConfirmStatement.as_view(), name="statement_confirm"),
    path(STATEMENT + "file/", statements.StatementFile.as_view(), name="statement_file"),
    path(STATEMENT + "print/", statements.StatementPrint.as_view(), name="statement_print"),
    path("dealers/<int:pk>/statements/", statements.DealerStatements.as_view(), name="dealer-statements"),
    path("lines/<int:pk>/", explain.ExplainLine.as_view(), name="line"),
    # Corrections
    path("adjustments/", adjustments.Adjustments.as_view(), name="adjustments"),
    path("adjustments/new/", adjustments.NewAdjustment.as_view(), name="adjustment_new"),
    path(ADJUSTMENT, adjustments.AdjustmentDetail.as_view(), name="adjustment"),
    path(ADJUSTMENT + "approve/", adjustments.ApproveAdjustment.as_view(), name="adjustment_approve"),
    path(ADJUSTMENT + "reject/", adjustments.RejectAdjustment.as_view(), name="adjustment_reject"),
    path(ADJUSTMENT + "papers/<int:pk>/", adjustments.AdjustmentPaper.as_view(), name="adjustment_paper"),
    path(STATEMENT + "dispute/", disputes.OpenDispute.as_view(), name="statement_dispute"),
    path("false-sales/", false_sales.FalseSales.as_view(), name="false_sales"),
    path("false-sales/<int:pk>/", false_sales.FalseSaleDetail.as_view(), name="false_sale"),
    path("disputes/", disputes.Disputes.as_view(), name="disputes"),
    path(DISPUTE, disputes.DisputeDetail.as_view(), name="dispute"),
    path(DISPUTE + "answer/", disputes.AnswerDispute.as_view(), name="dispute_answer"),
    path(DISPUTE + "accept/", disputes.AcceptDispute.as_view(), name="dispute_accept"),
    path(DISPUTE + "escalate/", disputes.EscalateDispute.as_view(), name="dispute_escalate"),
    path(DISPUTE + "grant/", disputes.GrantDispute.as_view(), name="dispute_grant"),
    path(DISPUTE + "refuse/", disputes.RefuseDispute.as_view(), name="dispute_refuse"),
    path(DISPUTE + "papers/<int:pk>/", disputes.DisputePaper.as_view(), name="dispute_paper"),
    # The dealer's month and the pools
    path("month/", own.OwnMonth.as_view(), name="own_month"),
    path("pool/", pool.Pools.as_view(), name="pool"),
    path("pool/<str:code>/", pool.Ledger.as_view(), name="dealer_pool"),
    # Policies
    path("policies/", policies.Policies.as_view(), name="policies"),
    path("policies/upload/", policies.PolicyUpload.as_view(), name="policy_upload"),
    path(POLICY, policies.PolicyDetail.as_view(), name="policy"),
    path(POLICY + "propose/", policies.ProposePolicy.as_view(), name="policy_propose"),
    path(POLICY + "publish/", policies.PublishPolicy.as_view(), name="policy_publish"),
    path(POLICY + "retire/", policies.RetirePolicy.as_view(), name="policy_retire"),
    path(POLICY + "file/", policies.PolicyFile.as_view(), name="policy_file"),
    path(POLICY + "simulate/", simulations.SimulatePolicy.as_view(), name="policy_simulate"),
    path(SIMULATION, simulations.SimulationDetail.as_view(), name="simulation"),
    path(SIMULATION + "dealers/", simulations.SimulationDealers.as_view(), name="simulation_dealers"),
    path(SIMULATION + "file/", simulations.SimulationFile.as_view(), name="simulation_file"),
    # The books
    path("ledgers/", ledgers.LedgerChecks.as_view(), name="ledger_checks"),
    path("ledgers/check/", ledgers.CheckNow.as_view(), name="ledger_check_now"),
    path("ledgers/<int:pk>/", ledgers.LedgerCheckPage.as_view(), name="ledger_check"),
    # Panels of the first page
    path("panels/counties/", panels.CountiesPanel.as_view(), name="panel_counties"),
    path("panels/month/", panels.OwnMonthPanel.as_view(), name="panel_month"),
    *urls_budgets.urlpatterns,
    *urls_points.urlpatterns,
]
