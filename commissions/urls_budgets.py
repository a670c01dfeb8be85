"""Addresses of budgets and competitor levels."""

from django.urls import path

from commissions.views import budgets, competitor

urlpatterns = [
    path("budgets/", budgets.Budgets.as_view(), name="budgets"),
    path("budgets/new/", budgets.NewBudget.as_view(), name="budget_new"),
    path("budgets/<int:pk>/", budgets.BudgetDetail.as_view(), name="budget"),
    path("budgets/<int:pk>/edit/", budgets.EditBudget.as_view(), name="budget_edit"),
    path("batches/<str:number>/over-budget/", budgets.GrantOverBudget.as_view(), name="batch_over_budget"),
    path("competitors/", competitor.CompetitorLevels.as_view(), name="competitor_levels"),
    path("competitors/new/", competitor.NewCompetitorLevel.as_view(), name="competitor_level_new"),
    path("competitors/<int:pk>/remove/", competitor.RemoveCompetitorLevel.as_view(), name="competitor_level_remove"),
]
