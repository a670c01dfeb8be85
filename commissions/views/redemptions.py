"""Redeeming points: the dealer asks, the city decides, a third person hands over."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from commissions import filters_points as filters
from commissions import forms_points as forms
from commissions import tables_points as tables
from commissions.queries import points
from commissions.services import points as service
from commissions.views.common import AREA
from commissions.views.points import points_crumb
from core import clock
from core.views import Action, Crumb, Figure, PortalActionView, PortalDetailView, PortalFormView, PortalListView


def redemptions_crumb() -> Crumb:
    return Crumb(_("Redemptions"), reverse("commissions:redemptions"))


class Redeem(PortalFormView):
    """A dealer asks for a reward."""

    permission = Permission.REDEEM_POINTS
    area = AREA
    title = _("Redeem points")
    form_class = forms.RedeemForm
    submit_label = _("Send the request")
    template_name = "commissions/redeem.html"
    success_message = _("Your request waits for approval; the points are reserved.")

    def get_breadcrumbs(self) -> list[Crumb]:
        return [points_crumb(), Crumb(_("Catalogue"), reverse("commissions:points_items"))]

    def get_form_kwargs(self) -> dict[str, Any]:
        chosen = self.request.GET.get("item", "")
        return {
            "offers": points.items(self.request.user),
            "initial": {"item": chosen} if chosen.isascii() and chosen.isdigit() else {},
        }

    def get_context(self, **context: Any) -> dict[str, Any]:
        dealer = points.own_dealer(self.request.user)
        return super().get_context(balance=points.balance(dealer.pk) if dealer else 0, **context)

    def perform(self, form: Any) -> str:
        made = service.redeem(by=self.request.user, at=clock.now(), **form.cleaned_data)
        return reverse("commissions:redemption", args=[made.reference])


class Redemptions(PortalListView):
    """What dealers asked for."""

    permission = Permission.VIEW_POINTS
    area = AREA
    title = _("Redemptions")
    table = tables.REDEMPTIONS
    filterset_class = filters.RedemptionFilter
    empty_text = _("Nobody has asked for a reward yet.")

    def get_breadcrumbs(self) -> list[Crumb]:
        return [points_crumb()]

    def get_rows(self, user: Any) -> Any:
        return points.redemptions(user)


class RedemptionDetail(PortalDetailView):
    """One request: what, for how much, who decided."""

    permission = Permission.VIEW_POINTS
    area = AREA
    lookup = "reference"
    template_name = "commissions/redemption.html"

    def get_rows(self, user: Any) -> Any:
        return points.redemptions(user)

    def get_title(self) -> str:
        return f"{self.object.item} × {self.object.quantity}"

    def get_subtitle(self) -> str:
        return self.object.reference

    def get_breadcrumbs(self) -> list[Crumb]:
        return [points_crumb(), redemptions_crumb()]

    def get_figures(self) -> Sequence[Figure]:
        one = self.object
        return [
            Figure(_("Points"), one.points, "number"),
            Figure(_("Dealer"), one.dealer.name),
            Figure(_("Points left to the dealer"), points.balance(one.dealer_id), "number"),
            Figure(_("Left of the reward"), one.item.left, "number"),
        ]

    def get_actions(self) -> list[Action]:
        one, user = self.object, self.request.user

        def action(name: str, label: Any, permission: Any, style: str = "secondary") -> Action:
            return Action(
                label, reverse(f"commissions:redemption_{name}", args=[one.reference]), permission, style=style
            )

        if one.state == "requested":
            if user.is_dealer:
                return [action("cancel", _("Take back"), Permission.REDEEM_POINTS, "danger")]
            return [
                action("approve", _("Approve"), Permission.APPROVE_REDEMPTIONS, "primary"),
                action("reject", _("Turn down"), Permission.APPROVE_REDEMPTIONS, "danger"),
            ]
        if one.state == "approved" and user.pk not in (one.requested_by_id, one.decided_by_id):
            return [action("hand_over", _("Hand over"), Permission.HAND_OVER_REWARDS, "primary")]
        return []


class _RedemptionMove(PortalActionView):
    """Base: one step of a redemption by its service function."""

    area = AREA
    lookup = "reference"
    action = ""

    def get_rows(self, user: Any) -> Any:
        return points.redemptions(user)

    def get_breadcrumbs(self) -> list[Crumb]:
        here = reverse("commissions:redemption", args=[self.object.reference])
        return [redemptions_crumb(), Crumb(self.object.reference, here)]

    @cached_property
    def asked(self) -> dict[str, Any]:
        one = self.object
        return {"dealer": one.dealer.name, "reward": one.item, "quantity": one.quantity, "points": one.points}

    def perform(self, *, form: Any) -> None:
        reason = form.cleaned_data["reason"] if form is not None else ""
        verb = getattr(service, self.action)
        verb(redemption=self.object, by=self.request.user, at=clock.now(), reason=reason)


class ApproveRedemption(_RedemptionMove):
    """The city lets the dealer have it."""

    permission = Permission.APPROVE_REDEMPTIONS
    action = "approve"
    title = _("Approve")
    success_message = _("Approved; the reward can be handed over.")

    def get_effects(self) -> Sequence[Any]:
        return [gettext("%(dealer)s gets %(quantity)s × %(reward)s for %(points)s points.") % self.asked]


class RejectRedemption(_RedemptionMove):
    """The city turns it down."""

    permission = Permission.APPROVE_REDEMPTIONS
    action = "reject"
    title = _("Turn down")
    needs_reason = True
    destructive = True
    success_message = _("Turned down; points and reward are given back.")

    def get_effects(self) -> Sequence[Any]:
        return [
            gettext("%(dealer)s gets the %(points)s points back, and reads your reason.") % self.asked,
            gettext("%(quantity)s × %(reward)s can be taken by others again.") % self.asked,
        ]


class CancelRedemption(_RedemptionMove):
    """The dealer takes the request back."""

    permission = Permission.REDEEM_POINTS
    action = "cancel"
    title = _("Take back")
    destructive = True
    success_message = _("The request is taken back; your points are there again.")

    def get_effects(self) -> Sequence[Any]:
        return [gettext("You get the %(points)s points back.") % self.asked]


class HandOverReward(_RedemptionMove):
    """Whoever keeps the reward gives it out."""

    permission = Permission.HAND_OVER_REWARDS
    action = "hand_over"
    title = _("Hand over")
    success_message = _("Handed over.")

    def get_effects(self) -> Sequence[Any]:
        return [gettext("You confirm that %(dealer)s has got %(quantity)s × %(reward)s.") % self.asked]
