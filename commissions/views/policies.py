"""Policies: list, one in words, upload as a draft, propose, approve, retire, export."""

import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse, reverse_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from commissions import forms, tables, words
from commissions.bracket_picture import Picture, picture
from commissions.models import CommissionPolicy, CommissionRule
from commissions.queries import policy_pages, simulations
from commissions.queries.competitor import competitor_warnings
from commissions.queries.policies import export_policy, rule_value
from commissions.rules.problems import PolicyInvalid, Problem
from commissions.services import policy as service
from commissions.views import simulations as simulation_views
from commissions.views.common import AREA
from core import clock
from core.errors import Refused
from core.views import (
    Action,
    Crumb,
    PortalActionView,
    PortalDetailView,
    PortalFormView,
    PortalListView,
    PortalMixin,
    one_or_404,
)

PROBLEMS_SHOWN = 50


def policies_crumb() -> Crumb:
    return Crumb(_("Policies"), reverse("commissions:policies"))


class Policies(PortalListView):
    """Every policy in the scope."""

    permission = Permission.VIEW_POLICIES
    area = AREA
    title = _("Policies")
    table = tables.POLICIES
    follows_unit = False
    empty_text = _("No policy yet. Upload a policy file; a second city manager then publishes it.")
    primary_action = Action(
        _("Begin a policy"), reverse_lazy("commissions:policy_new"), Permission.EDIT_POLICIES, icon="plus"
    )

    def get_actions(self) -> Sequence[Action]:
        upload = reverse("commissions:policy_upload")
        return [Action(_("Upload a policy"), upload, Permission.EDIT_POLICIES, icon="upload")]

    def get_rows(self, user: Any) -> Any:
        return policy_pages.visible(user)


class PolicyDetail(PortalDetailView):
    """The rules in words, and what can be done with the policy."""

    permission = Permission.VIEW_POLICIES
    area = AREA
    lookup = "code"
    template_name = "commissions/policy.html"

    def get_rows(self, user: Any) -> Any:
        return policy_pages.visible(user)

    def get_title(self) -> str:
        return f"{self.object.code} {self.object.name}"

    def get_breadcrumbs(self) -> list[Crumb]:
        return [policies_crumb()]

    def get_actions(self) -> Sequence[Action]:
        code = self.object.code
        edit = Permission.EDIT_POLICIES
        actions = [
            Action(_("Export as JSON"), reverse("commissions:policy_file", args=[code]), icon="download"),
            Action(_("Compare policies"), reverse("commissions:policy_compare", args=[code]), icon="columns"),
            Action(_("Copy"), reverse("commissions:policy_copy", args=[code]), edit, icon="file-export"),
        ]
        if self.object.state == "draft":
            actions.insert(
                0, Action(_("Add a rule"), reverse("commissions:policy_rule_new", args=[code]), edit, icon="plus")
            )
        if self.object.state == "published":
            actions.append(
                Action(
                    _("Retire"),
                    reverse("commissions:policy_retire", args=[code]),
                    Permission.PUBLISH_POLICIES,
                    style="danger",
                )
            )
        return actions

    def get_context(self, **context: Any) -> dict[str, Any]:
        policy, user = self.object, self.request.user
        rules = [in_words(rule) for rule in policy_pages.rules(policy)]
        draft = policy.state == "draft"
        return super().get_context(
            policy=policy,
            competitor_warnings=competitor_warnings(policy) if draft else [],
            rules=rules,
            may_propose=draft
            and policy.proposed_by_id is None
            and user.can(Permission.PUBLISH_POLICIES)
            and bool(rules),
            may_publish=may_publish(policy, user),
            own_proposal=draft and policy.proposed_by_id == user.pk,
            simulations=simulations.summaries(policy),
            may_edit=draft and user.can(Permission.EDIT_POLICIES),
            may_simulate=bool(rules) and user.can(Permission.EDIT_POLICIES),
            **context,
        )


def in_words(rule: CommissionRule) -> dict[str, Any]:
    """What the template shows of a rule."""
    drawn = picture(rule_value(rule)) if rule.brackets else None
    return {
        "rule": rule,
        "scope": words.scope(rule),
        "value": words.figure(rule, rule.value) if rule.value is not None else "",
        "brackets": words.brackets(rule),
        "picture": drawn,
        "highest": _highest(rule, drawn) if drawn else "",
        "warnings": words.bracket_warnings(rule, drawn.warnings) if drawn else [],
        "instalments": words.instalments(rule),
        "pool": words.percent(rule.pool_share) if rule.pool_share else "",
    }


def _highest(rule: CommissionRule, drawn: Picture) -> str:
    """The top of the picture: yuan, or how many times the basis."""
    return f"¥{drawn.highest:,.0f}" if rule.basis == "fixed" else f"×{drawn.highest:,.1f}"


def may_publish(policy: CommissionPolicy, user: Any) -> bool:
    """A proposed draft, by another person than its proposer."""
    return bool(
        policy.state == "draft"
        and policy.proposed_by_id is not None
        and policy.proposed_by_id != user.pk
        and user.can(Permission.PUBLISH_POLICIES)
    )


class PolicyUpload(PortalFormView):
    """A policy file becomes a draft."""

    permission = Permission.EDIT_POLICIES
    area = AREA
    title = _("Upload a policy")
    form_class = forms.PolicyUploadForm
    submit_label = _("Upload as a draft")

    def get_breadcrumbs(self) -> list[Crumb]:
        return [policies_crumb()]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        form = self.get_form(data=request.POST, files=request.FILES)
        if form.is_valid():
            try:
                policy, outcome = service.import_draft(data=form.cleaned_data["file"], by=request.user)
            except PolicyInvalid as invalid:
                for problem in invalid.problems[:PROBLEMS_SHOWN]:
                    form.add_error("file", problem_text(problem))
            except Refused as refusal:
                form.add_error(None, str(refusal.message))
            else:
                messages.success(request, OUTCOMES[outcome] % {"policy": policy})
                return self.go(reverse("commissions:policy", args=[policy.code]))
        return self.render(form=form, status=422)


OUTCOMES = {
    "created": _("%(policy)s is stored as a draft. Look at it, then propose it."),
    "replaced": _("The draft of %(policy)s is replaced by the file."),
    "unchanged": _("%(policy)s says the same already; nothing was changed."),
}


def problem_text(problem: Problem) -> str:
    """A problem of a policy file in the reader's language, with its place in front."""
    said = gettext(problem.message) % problem.params
    return f"{problem.path}: {said}" if problem.path else said


class _PolicyMove(PortalActionView):
    permission = Permission.PUBLISH_POLICIES
    area = AREA
    lookup = "code"

    def get_rows(self, user: Any) -> Any:
        return policy_pages.visible(user)

    def get_breadcrumbs(self) -> list[Crumb]:
        return [policies_crumb(), Crumb(str(self.object), reverse("commissions:policy", args=[self.object.code]))]

    def back(self) -> str:
        return reverse("commissions:policy", args=[self.object.code])


class ProposePolicy(_PolicyMove):
    """Ask a second city manager to publish."""

    title = _("Propose for publishing")
    submit_label = _("Propose")

    def get_effects(self) -> Sequence[Any]:
        return [_("A second city channel manager sees it among what waits for him, and publishes it or not.")]

    def perform(self, *, form: Any) -> str:
        service.propose(policy=self.object, by=self.request.user, at=clock.now())
        return self.back()

    def get_success_message(self) -> str:
        return gettext("%(policy)s is proposed and waits for a second city manager.") % {"policy": self.object}


class PublishPolicy(_PolicyMove):
    """The second person publishes, with the simulation and what is odd in sight."""

    template_name = "commissions/policy_publish.html"
    title = _("Approve and publish")
    submit_label = _("Publish")

    def get_effects(self) -> Sequence[Any]:
        return [
            *(one.text for one in competitor_warnings(self.object)),
            _("The rules price sales from their first day on; they can no longer be changed, only ended."),
            _("Published rules with the same kind, business and scope end the day before."),
        ]

    def get_context(self, **context: Any) -> dict[str, Any]:
        found = simulations.of_policy(self.object)
        latest = found[0] if found else None
        winners, losers = simulations.movers(latest, most=5) if latest else ([], [])
        return super().get_context(
            policy=self.object,
            simulation=latest,
            rows=simulation_views.compared(latest) if latest else [],
            outdated=latest is not None and simulations.outdated(latest),
            movers=[*winners, *losers],
            budgets=[one for one in simulations.budget_effects(latest, clock.today()) if one.over] if latest else [],
            odd=[
                (rule, text)
                for rule in policy_pages.rules(self.object)
                if rule.brackets and (drawn := picture(rule_value(rule)))
                for text in words.bracket_warnings(rule, drawn.warnings)
            ],
            **context,
        )

    def perform(self, *, form: Any) -> str:
        if self.object.state == "draft" and self.object.proposed_by_id is None:
            raise Refused(_("%(policy)s has to be proposed first.") % {"policy": self.object})
        service.publish(policy=self.object, by=self.request.user, at=clock.now())
        return self.back()

    def get_success_message(self) -> str:
        return gettext("%(policy)s is published.") % {"policy": self.object}


class RetirePolicy(_PolicyMove):
    """End the policy's open rules today."""

    title = _("Retire the policy")
    submit_label = _("Retire")
    destructive = True

    def get_effects(self) -> Sequence[Any]:
        return [_("Its open-ended rules end today. Sales up to today go on being priced by them.")]

    def perform(self, *, form: Any) -> str:
        service.retire(policy=self.object, by=self.request.user, at=clock.now(), on=clock.today())
        return self.back()

    def get_success_message(self) -> str:
        return gettext("%(policy)s is retired.") % {"policy": self.object}


class PolicyFile(PortalMixin):
    """The policy in the form of its file."""

    permission = Permission.VIEW_POLICIES
    area = AREA

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        policy = one_or_404(policy_pages.visible(request.user), code=self.kwargs["code"])
        text = json.dumps(export_policy(policy), ensure_ascii=False, indent=2)
        answer = HttpResponse(text, content_type="application/json; charset=utf-8")
        answer["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(f'{policy.code}.json', safe='')}"
        return answer
