"""Moving a batch: each action says what will happen, then does it through its service."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from commissions import tasks
from commissions.models import SettlementBatch
from commissions.queries import batch_facts, batches, budgets, checks, offers
from commissions.services import batch as service
from commissions.views.batch import batch_figures, people
from commissions.views.common import AREA, batch_budgets, batch_crumb, batch_url
from core import clock
from core.errors import Refused
from core.periods import parse_period
from core.views import Crumb, PortalActionView, timeline


class _Move(PortalActionView):
    """Base: `action` names the offer; who is barred from it is told so before he presses."""

    area = AREA
    lookup = "number"
    action = ""
    template_name = "commissions/batch_move.html"

    def get_rows(self, user: Any) -> Any:
        return batches.visible(user)

    def get_title(self) -> str:
        return gettext("%(action)s: %(batch)s") % {"action": self.title, "batch": self.object}

    def get_breadcrumbs(self) -> list[Crumb]:
        period = Crumb(_("Settlement batches"), reverse("commissions:batches") + f"?period={self.object.period}")
        return [period, batch_crumb(self.object)]

    def get_back_url(self) -> str:
        return batch_url(self.object)

    @property
    def offer(self) -> offers.Offer | None:
        found = offers.offers(self.object, self.request.user)
        return next((one for one in found if one.action == self.action), None)

    def why_not(self) -> Any:
        """Why the action is not possible, '' if it is."""
        if self.offer is None:
            label = SettlementBatch.machine.state(self.object.state).label
            return gettext("%(batch)s is %(state)s: this step is not possible now.") % {
                "batch": self.object,
                "state": label,
            }
        return self.offer.why_not

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if reason := self.why_not():
            messages.warning(request, str(reason))
            return self.go(batch_url(self.object))
        return super().get(request, *args, **kwargs)

    def perform(self, *, form: Any) -> str:
        reason = form.cleaned_data["reason"] if form is not None else ""
        self.move(reason)
        return batch_url(self.object)

    def move(self, reason: str) -> None:
        verb = getattr(service, self.action)
        verb(batch=self.object, by=self.request.user, at=clock.now(), reason=reason)

    def get_context(self, **context: Any) -> dict[str, Any]:
        before = batches.month_before(self.object)
        return super().get_context(
            batch=self.object,
            state=SettlementBatch.machine.state(self.object.state),
            before=before,
            figures=batch_figures(self.object, before),
            compared=batches.compared(self.object, before),
            checks=checks.of_batch(self.object, self.request.user),
            people=people(self.object),
            timeline=timeline(self.object),
            **batch_budgets(self.object, budgets.of_batch(self.object, clock.today()), self.request.user),
            may_return=any(one.action == "return" for one in offers.offers(self.object, self.request.user))
            and self.action != "return",
            **context,
        )


class Submit(_Move):
    """The county says: this is right."""

    permission = Permission.SUBMIT_BATCHES
    action = "submit"
    title = _("Submit")
    submit_label = _("Submit")

    def get_effects(self) -> Sequence[Any]:
        return [
            _("The batch goes to the city's channel management for review."),
            _("Until it is returned, the county can no longer recalculate it."),
        ]

    def get_context(self, **context: Any) -> dict[str, Any]:
        with transaction.atomic():  # the facts are gathered in tables that end with it
            news = batch_facts.news_since(self.object)
        return super().get_context(news=news, **context)

    def get_success_message(self) -> str:
        return gettext("%(batch)s is submitted and waits for the city's review.") % {"batch": self.object}


class Review(_Move):
    """The city's channel management has looked at it."""

    permission = Permission.REVIEW_BATCHES
    action = "review"
    title = _("Review")
    submit_label = _("Pass on to finance")

    def get_effects(self) -> Sequence[Any]:
        return [_("You confirm that the batch was calculated by the rules; it goes to finance for approval.")]

    def get_success_message(self) -> str:
        return gettext("%(batch)s is reviewed and waits for the approval by finance.") % {"batch": self.object}


class Approve(_Move):
    """Finance approves: from here on nothing changes."""

    permission = Permission.APPROVE_BATCHES
    action = "approve"
    title = _("Approve")
    submit_label = _("Approve")

    def get_effects(self) -> Sequence[Any]:
        return [
            _("The figures are frozen: nobody can change them afterwards, corrections go into a later batch."),
            _("The pool parts are posted to the dealers' pools."),
            _("Dealers can read and confirm their statements; the payment file can be exported."),
        ]

    def get_success_message(self) -> str:
        return gettext("%(batch)s is approved and frozen; it waits for its payment file.") % {"batch": self.object}


class Return(_Move):
    """Back to the county, with a reason."""

    permission = Permission.RETURN_BATCHES
    action = "return"
    title = _("Return")
    submit_label = _("Return to the county")
    needs_reason = True

    def get_effects(self) -> Sequence[Any]:
        return [_("The county can recalculate and has to submit again; your reason is shown to it.")]

    def move(self, reason: str) -> None:
        service.return_to_county(batch=self.object, by=self.request.user, at=clock.now(), reason=reason)

    def get_success_message(self) -> str:
        return gettext("%(batch)s is returned to the county.") % {"batch": self.object}


class Void(_Move):
    """Takes the batch out of the world: it counts no more."""

    permission = Permission.VOID_BATCHES
    action = "void"
    title = _("Void")
    submit_label = _("Void the batch")
    needs_reason = True
    destructive = True

    def get_effects(self) -> Sequence[Any]:
        return [
            _("The batch and its statements count no more; what they settled can be settled again."),
            _("The next calculation of this county and period makes a new batch with a new number."),
        ]

    def get_success_message(self) -> str:
        return gettext("%(batch)s is void.") % {"batch": self.object}


class Recalculate(_Move):
    """The same batch again, from today's data."""

    permission = Permission.SETTLE
    action = "recalculate"
    title = _("Recalculate")
    submit_label = _("Recalculate")

    def get_effects(self) -> Sequence[Any]:
        return [
            _("The batch is calculated again from today's data; the same data give the same result."),
            _("It runs in the background; the progress is shown on the page of the period."),
        ]

    def perform(self, *, form: Any) -> str:
        batch = self.object
        if batch.state not in offers.OPEN_IN["recalculate"]:
            raise Refused(self.why_not())
        tasks.start_settlement(period=parse_period(batch.period), counties=[batch.county], by=self.request.user)
        return reverse("commissions:batches") + f"?period={batch.period}"

    def get_success_message(self) -> str:
        return gettext("The calculation of %(batch)s has started.") % {"batch": self.object}
