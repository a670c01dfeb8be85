"""Commission policies: import a draft, propose, publish, retire.

See docs/commissions.md, "Rules" and "Publishing".
"""

from datetime import date, datetime, timedelta
from typing import Any

from constance import config
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import OrgUnit
from accounts.roles import Permission
from commissions.models import CommissionPolicy, CommissionRule
from commissions.queries.policies import export_policy
from commissions.rules import policy as policy_file
from commissions.rules import values
from commissions.rules.problems import PolicyInvalid
from core import sql, transitions
from core.errors import Forbidden, Refused
from inventory.models import Product

__all__ = ["PolicyInvalid", "PolicyRefused", "import_draft", "propose", "publish", "retire"]


class PolicyRefused(Refused):
    """The policy cannot be changed, published or retired like this."""

    code = "policy_refused"


def known_for(*, owner: OrgUnit | None, policy_code: str) -> values.Known:
    """What a policy file of `owner` may refer to, as `commissions.rules` wants it."""
    below = OrgUnit.objects.filter(path__startswith=owner.path) if owner else OrgUnit.objects.all()
    products = list(Product.objects.values_list("code", "family"))
    return values.Known(
        products=frozenset(code for code, _family in products),
        families=frozenset(family for _code, family in products),
        units=dict(below.values_list("code", "level")),
        rule_codes=frozenset(CommissionRule.objects.exclude(policy__code=policy_code).values_list("code", flat=True)),
    )


@transaction.atomic
def import_draft(*, data: Any, by: Any) -> tuple[CommissionPolicy, str]:
    """Store a policy file as a draft: (policy, "created" | "replaced" | "unchanged").

    `data` is decoded JSON of docs/data-contracts.md, "Policy file". Raises PolicyInvalid
    with every problem, and PolicyRefused if a published policy of this code says otherwise.
    """
    code = data.get("code") if isinstance(data, dict) else None
    owner = OrgUnit.objects.filter(code=data.get("org_unit")).first() if isinstance(data, dict) else None
    if by is not None and owner is not None and not OrgUnit.objects.visible_to(by).filter(pk=owner.pk).exists():
        owner = None
        data = {**data, "org_unit": ""}
    read = policy_file.parse_policy(
        data,
        initial_cap=config.INITIAL_PAYMENT_CAP,
        known=known_for(owner=owner, policy_code=code if isinstance(code, str) else ""),
    )
    owner = OrgUnit.objects.get(code=read.org_unit)
    former = CommissionPolicy.objects.select_for_update().filter(code=read.code).first()
    if former:
        if export_policy(former) == policy_file.dump_policy(read):
            return former, "unchanged"
        if former.state != "draft":
            raise PolicyRefused(
                _("Policy %(code)s is published and never changes; give the new version a code of its own.")
                % {"code": read.code},
                code="conflict",
            )
        former.rules.all().delete()
    policy = former or CommissionPolicy(code=read.code, created_by=by)
    policy.name, policy.org_unit = read.name, owner
    policy.proposed_by = policy.proposed_at = None
    policy.save()
    _write_rules(policy, read)
    return policy, "replaced" if former else "created"


def _write_rules(policy: CommissionPolicy, read: values.Policy) -> None:
    products = dict(Product.objects.values_list("code", "pk"))
    units = dict(OrgUnit.objects.values_list("code", "pk"))
    rows = []
    for rule, written in zip(read.rules, policy_file.dump_policy(read)["rules"], strict=True):
        waiver = rule.initial_cap_waiver
        rows.append(
            CommissionRule(
                policy=policy,
                owner=policy.org_unit,
                code=rule.code,
                kind=rule.kind,
                business_type=rule.business_type,
                product_id=products[rule.product] if rule.product else None,
                product_family=rule.product_family or "",
                tier=rule.tier or "",
                org_unit_id=units[rule.org_unit] if rule.org_unit else None,
                effective_from=rule.effective_from,
                effective_to=rule.effective_to,
                basis=rule.basis,
                value=rule.value,
                bracket_mode=rule.bracket_mode or "",
                brackets=written.get("brackets"),
                instalments=written["instalments"],
                pool_share=rule.pool_share,
                waiver_approver=waiver.approver if waiver else "",
                waiver_reason=waiver.reason if waiver else "",
            )
        )
    CommissionRule.objects.bulk_create(rows)


@transaction.atomic
def propose(*, policy: CommissionPolicy, by: Any, at: datetime) -> None:
    """Ask a second city manager to publish the draft."""
    policy = CommissionPolicy.objects.select_for_update().get(pk=policy.pk)
    _demand(by)
    if policy.state != "draft":
        raise PolicyRefused(_("Policy %(code)s is not a draft.") % {"code": policy.code})
    if not policy.rules.exists():
        raise PolicyRefused(_("Policy %(code)s has no rules yet.") % {"code": policy.code})
    policy.proposed_by, policy.proposed_at = by, at
    policy.save(update_fields=["proposed_by", "proposed_at"])
    transitions.record(policy, action="propose", before="draft", after="draft", by=by, at=at)


@transaction.atomic
def publish(*, policy: CommissionPolicy, by: Any, at: datetime, proposed: bool = True) -> CommissionPolicy:
    """Publish a draft; `by` is its approver.

    Another person must have proposed it, unless `proposed` is false (on the command line,
    where `--as` names the approver of a file that came with its signature). Open ends of published
    rules with the same owner, kind, business type and scope are closed on the day before.
    Raises PolicyRefused if a record from then on is already settled under the old rule, or
    if the dates overlap in another way.
    """
    policy = CommissionPolicy.objects.select_for_update().select_related("org_unit").get(pk=policy.pk)
    _demand(by)
    if proposed and policy.proposed_by_id is None:
        raise PolicyRefused(
            _("Policy %(code)s has to be proposed first; then another city manager approves it.")
            % {"code": policy.code},
            code="not_proposed",
        )
    if policy.proposed_by_id is not None and policy.proposed_by_id == by.pk:
        raise Forbidden(
            _("You proposed policy %(code)s yourself; another city manager has to approve it.") % {"code": policy.code},
            code="separation_of_duties",
        )
    rules = list(policy.rules.select_for_update().order_by("id"))
    if not rules:
        raise PolicyRefused(_("Policy %(code)s has no rules yet.") % {"code": policy.code})
    policy.approved_by, policy.published_at = by, at
    policy.save(update_fields=["approved_by", "published_at"])
    transitions.move(policy, action="publish", by=by, at=at)
    for rule in rules:
        _make_room(rule)
    CommissionRule.objects.filter(policy=policy).update(published=True)
    return policy


def _demand(by: Any) -> None:
    if by is None or not by.can(Permission.PUBLISH_POLICIES):
        raise Forbidden(_("Only a city channel manager publishes policies."))


def _make_room(rule: CommissionRule) -> None:
    """End the published rule that `rule` takes over from, or refuse."""
    rules: Any = CommissionRule.objects
    rivals = rules.filter(
        published=True,
        owner_id=rule.owner_id,
        kind=rule.kind,
        business_type=rule.business_type,
        product_id=rule.product_id,
        product_family=rule.product_family,
        tier=rule.tier,
        org_unit_id=rule.org_unit_id,
    ).exclude(pk=rule.pk)
    for rival in rivals:
        if rival.effective_to is not None and rival.effective_to < rule.effective_from:
            continue
        if rule.effective_to is not None and rule.effective_to < rival.effective_from:
            continue
        if rival.effective_to is not None or rival.effective_from >= rule.effective_from:
            raise PolicyRefused(
                _("Rule %(code)s shares days with published rule %(other)s (%(since)s to %(until)s).")
                % {
                    "code": rule.code,
                    "other": rival.code,
                    "since": rival.effective_from,
                    "until": rival.effective_to or "…",
                },
                code="rules_overlap",
            )
        if _settled_since(rival, rule.effective_from):
            raise PolicyRefused(
                _("Sales from %(day)s on are already settled under rule %(other)s; let %(code)s begin later.")
                % {"day": rule.effective_from, "other": rival.code, "code": rule.code},
                code="already_settled",
            )
        rival.effective_to = rule.effective_from - timedelta(days=1)
        rival.save(update_fields=["effective_to"])


def _settled_since(rule: CommissionRule, day: date) -> bool:
    """Whether a record from `day` on has been settled under the rule in a live batch."""
    return bool(
        sql.fetch_value(
            """SELECT EXISTS (SELECT FROM commissions_entitlement known
                                JOIN inventory_salesrecord sale ON sale.id = known.record_id
                               WHERE known.batch_id IN (SELECT id FROM commissions_settlementbatch
                                                         WHERE last_day >= %s)
                                 AND known.rule_id = %s AND known.event_month >= %s AND sale.event_date >= %s)""",
            [day, rule.pk, day.replace(day=1), day],
        )
    )


@transaction.atomic
def retire(*, policy: CommissionPolicy, by: Any, at: datetime, on: date) -> None:
    """End the policy: its open-ended rules end on `on`; they go on pricing earlier events."""
    policy = CommissionPolicy.objects.select_for_update().get(pk=policy.pk)
    _demand(by)
    transitions.move(policy, action="retire", by=by, at=at)
    for rule in policy.rules.filter(effective_to__isnull=True):
        if _settled_since(rule, on + timedelta(days=1)):
            raise PolicyRefused(
                _("Sales after %(day)s are already settled under rule %(code)s.") % {"day": on, "code": rule.code},
                code="already_settled",
            )
        rule.effective_to = max(on, rule.effective_from)
        rule.save(update_fields=["effective_to"])
