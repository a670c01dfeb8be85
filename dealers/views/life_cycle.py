"""A dealer's agreements and stages: signed, led in, mature, regular, ended."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.roles import Permission
from core.clock import now, today
from core.views import Action, Crumb, PortalActionView, PortalFormView
from dealers import forms_life as forms
from dealers import states
from dealers.queries import archive
from dealers.services import agreement, life_cycle
from dealers.services.agreement import SIGNS
from dealers.views.common import LIST, OfDealer


class Sign(OfDealer, PortalFormView):
    """A signed agreement: the first, a renewal, or one after the end."""

    permission = Permission.EDIT_DEALERS
    title = _("Enter a signed agreement")
    form_class = forms.SignForm
    submit_label = _("Enter")
    success_message = _("The agreement is entered.")

    def get_form_kwargs(self) -> dict[str, Any]:
        return {"dealer": self.dealer}

    def perform(self, form: Any) -> str:
        agreement.sign(dealer=self.dealer, **form.cleaned_data, by=self.request.user, at=now(), day=today())
        return self.dealer_url


class End(OfDealer, PortalFormView):
    """The end of the cooperation."""

    permission = Permission.ASSIGN_MANAGERS
    title = _("End the cooperation")
    form_class = forms.EndForm
    submit_label = _("End the cooperation")
    success_message = _("The end is entered; dealer and channel manager are told.")

    def perform(self, form: Any) -> str:
        life_cycle.end(dealer=self.dealer, **form.cleaned_data, by=self.request.user, at=now(), day=today())
        return self.dealer_url


class _Step(PortalActionView):
    """Base: one step of a dealer's life."""

    permission: Any = Permission.EDIT_DEALERS
    area = "dealers"

    def get_rows(self, user: Any) -> Any:
        return archive.dealers(user=user)

    def get_back_url(self) -> str:
        return reverse("dealers:detail", args=[self.object.pk])

    def get_breadcrumbs(self) -> Sequence[Crumb]:
        return (LIST, Crumb(self.object.name, self.get_back_url()))


class BeginLeadIn(_Step):
    title = _("Begin the lead-in")
    submit_label = _("Begin the lead-in")
    success_message = _("The lead-in has begun: visit the store every day.")

    def get_effects(self) -> Sequence[Any]:
        return [_("From today on the store is visited every day.")]

    def perform(self, *, form: Any) -> None:
        life_cycle.begin_lead_in(dealer=self.object, by=self.request.user, at=now())


class Mature(_Step):
    title = _("End the lead-in")
    submit_label = _("End the lead-in")
    success_message = _("The store is mature.")

    def get_effects(self) -> Sequence[Any]:
        return [_("From now on visits are due by its visit regime.")]

    def perform(self, *, form: Any) -> None:
        life_cycle.mature(dealer=self.object, by=self.request.user, at=now())


class MakeRegular(_Step):
    permission = Permission.ASSIGN_MANAGERS
    title = _("Make regular")
    submit_label = _("Make regular")
    needs_reason = True
    success_message = _("The trial is passed.")

    def perform(self, *, form: Any) -> None:
        life_cycle.make_regular(dealer=self.object, text=form.cleaned_data["reason"], by=self.request.user, at=now())


def actions(dealer: Any) -> Iterable[Action]:
    """What can be done next in a dealer's life, by its stage."""
    pk, stage = dealer.pk, dealer.stage
    if stage == "contracted":
        yield Action(_("Begin the lead-in"), reverse("dealers:lead-in", args=[pk]), Permission.EDIT_DEALERS)
    if stage == "lead_in":
        yield Action(_("End the lead-in"), reverse("dealers:mature", args=[pk]), Permission.EDIT_DEALERS)
    if dealer.trial_until is not None and stage in states.STORE:
        yield Action(_("Make regular"), reverse("dealers:regular", args=[pk]), Permission.ASSIGN_MANAGERS)
    if stage in SIGNS:
        label = _("Enter the agreement") if stage == "verified" else pgettext_lazy("agreement", "New agreement")
        yield Action(label, reverse("dealers:sign", args=[pk]), Permission.EDIT_DEALERS, icon="file-text")
    if stage in states.STORE:
        yield Action(_("End the cooperation"), reverse("dealers:end", args=[pk]), Permission.ASSIGN_MANAGERS)
