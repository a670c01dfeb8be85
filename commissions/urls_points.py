"""Addresses of points."""

from django.urls import path

from commissions.views import points, redemptions

REDEMPTION = "points/redemptions/<str:reference>/"

urlpatterns = [
    path("points/", points.Points.as_view(), name="points"),
    path("points/dealers/<str:code>/", points.PointsLedger.as_view(), name="dealer_points"),
    path("points/rules/", points.PointsRules.as_view(), name="points_rules"),
    path("points/rules/new/", points.NewPointsRule.as_view(), name="points_rule_new"),
    path("points/rules/<int:pk>/end/", points.EndPointsRule.as_view(), name="points_rule_end"),
    path("points/catalogue/", points.PointsItems.as_view(), name="points_items"),
    path("points/catalogue/new/", points.NewPointsItem.as_view(), name="points_item_new"),
    path("points/catalogue/<int:pk>/", points.EditPointsItem.as_view(), name="points_item_edit"),
    path("points/redeem/", redemptions.Redeem.as_view(), name="redeem"),
    path("points/redemptions/", redemptions.Redemptions.as_view(), name="redemptions"),
    path(REDEMPTION, redemptions.RedemptionDetail.as_view(), name="redemption"),
    path(REDEMPTION + "approve/", redemptions.ApproveRedemption.as_view(), name="redemption_approve"),
    path(REDEMPTION + "reject/", redemptions.RejectRedemption.as_view(), name="redemption_reject"),
    path(REDEMPTION + "cancel/", redemptions.CancelRedemption.as_view(), name="redemption_cancel"),
    path(REDEMPTION + "hand-over/", redemptions.HandOverReward.as_view(), name="redemption_hand_over"),
]
