"""A store's staff and the competitors near it."""

from functools import cached_property
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.roles import Permission
from core.clock import now
from core.views import PortalFormView, one_or_404
from dealers import forms_people as forms
from dealers.models import StaffMember
from dealers.services import people
from dealers.views.common import OfDealer


class Join(OfDealer, PortalFormView):
    permission = Permission.EDIT_DEALERS
    title = _("Add a member of the staff")
    form_class = forms.JoinForm
    submit_label = _("Add")
    success_message = _("The person is entered.")

    def perform(self, form: Any) -> str:
        people.join(dealer=self.dealer, **form.cleaned_data, by=self.request.user, at=now())
        return f"{self.dealer_url}#staff"


class Leave(OfDealer, PortalFormView):
    permission = Permission.EDIT_DEALERS
    title = pgettext_lazy("staff", "No longer works here")
    form_class = forms.LeaveForm
    submit_label = pgettext_lazy("staff", "Has left")
    success_message = _("The last day is entered.")

    @cached_property
    def member(self) -> StaffMember:
        rows = StaffMember.objects.visible_to(self.request.user).filter(dealer=self.dealer)
        found: StaffMember = one_or_404(rows, pk=self.kwargs["member"])
        return found

    def get_subtitle(self) -> str:
        return self.member.name

    def perform(self, form: Any) -> str:
        people.leave(member=self.member, **form.cleaned_data, by=self.request.user, at=now())
        return f"{self.dealer_url}#staff"


class SeeCompetitor(OfDealer, PortalFormView):
    permission = Permission.EDIT_DEALERS
    title = _("Note a competitor")
    form_class = forms.CompetitorForm
    submit_label = pgettext_lazy("competitor", "Note")
    success_message = _("The competitor is noted.")

    def perform(self, form: Any) -> str:
        people.see_competitor(dealer=self.dealer, **form.cleaned_data, by=self.request.user, at=now())
        return f"{self.dealer_url}#competitors"
