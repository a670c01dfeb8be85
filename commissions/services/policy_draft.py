"""Edit a draft rule by rule, begin one, copy one: each step leaves a draft that its file could have made.

See docs/commissions.md, "Editing a draft".
"""

from datetime import date
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import OrgUnit
from accounts.roles import Permission
from commissions.models import CommissionPolicy
from commissions.queries.policies import export_policy
from commissions.rules.policy_copy import copied
from commissions.services.policy import PolicyRefused, import_draft
from core.errors import Forbidden


def _demand(by: Any) -> None:
    if by is not None and not by.can(Permission.EDIT_POLICIES):
        raise Forbidden(_("Your role may not edit policies."))


def _open(policy: CommissionPolicy, by: Any) -> CommissionPolicy:
    """The policy, locked; refused unless it is a draft."""
    _demand(by)
    found = CommissionPolicy.objects.select_for_update().select_related("org_unit").get(pk=policy.pk)
    if found.state != "draft":
        raise PolicyRefused(
            _("Policy %(code)s is published and never changes; copy it and change the copy.") % {"code": found.code},
            code="conflict",
        )
    return found


@transaction.atomic
def begin(*, code: str, name: str, org_unit: OrgUnit, by: Any) -> CommissionPolicy:
    """An empty draft. Refused if the code is taken."""
    _demand(by)
    if CommissionPolicy.objects.filter(code=code).exists():
        raise PolicyRefused(_("There is a policy %(code)s already.") % {"code": code}, code="conflict")
    return CommissionPolicy.objects.create(code=code, name=name, org_unit=org_unit, created_by=by)


@transaction.atomic
def save_rule(*, policy: CommissionPolicy, former: str, rule: dict[str, Any], by: Any) -> None:
    """Put `rule` (in the form of a file) in the place of the rule with code `former`, or at the end.

    Raises PolicyInvalid; the rule's own problems then have paths that begin with `place(...)`.
    """
    data = export_policy(_open(policy, by))
    data["rules"] = _with(data["rules"], former, rule)
    import_draft(data=data, by=by)


def place(policy: CommissionPolicy, former: str) -> str:
    """Where the rule stands in the draft's file: `rules[2]`."""
    codes = [rule["code"] for rule in export_policy(policy)["rules"]]
    return f"rules[{codes.index(former) if former in codes else len(codes)}]"


def _with(rules: list[dict[str, Any]], former: str, rule: dict[str, Any]) -> list[dict[str, Any]]:
    if any(one["code"] == former for one in rules):
        return [rule if one["code"] == former else one for one in rules]
    return [*rules, rule]


@transaction.atomic
def remove_rule(*, policy: CommissionPolicy, code: str, by: Any) -> None:
    """Take a rule out of the draft."""
    found = _open(policy, by)
    found.rules.filter(code=code).delete()
    found.proposed_by = found.proposed_at = None
    found.save(update_fields=["proposed_by", "proposed_at"])


@transaction.atomic
def copy(*, policy: CommissionPolicy, code: str, name: str, months: int, on: date | None, by: Any) -> CommissionPolicy:
    """A new draft with the policy's rules, their dates `months` later and their codes renamed.

    With `on`, rules that have ended before that day are left out. Raises PolicyInvalid.
    """
    _demand(by)
    if CommissionPolicy.objects.filter(code=code).exists():
        raise PolicyRefused(_("There is a policy %(code)s already.") % {"code": code}, code="conflict")
    return import_draft(data=copied(export_policy(policy), code=code, name=name, months=months, on=on), by=by)[0]
