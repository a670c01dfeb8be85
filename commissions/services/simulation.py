"""Try a policy on a settled month: what it would have come to, beside what it was settled at.

Nothing of the settlement is touched: the engine works on temporary tables inside a
transaction whose work is undone. See docs/commissions.md, "Simulation".
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from commissions.bulk import trial
from commissions.bulk.context import Thresholds
from commissions.models import CommissionPolicy, CommissionRule, SettlementBatch, SimulatedDealer, Simulation
from commissions.queries import settled_month
from commissions.queries.policies import export_policy, rule_value
from commissions.rules import values
from commissions.rules.fingerprint import fingerprint
from commissions.rules.simulation import months_back, rules_tried
from commissions.services.bands import read_bands
from commissions.services.settlement import Progress
from commissions.services.simulated_figures import COLUMNS, Compared, compare
from core import sql
from core.errors import Forbidden, Refused
from core.periods import Month


class SimulationRefused(Refused):
    """The policy cannot be tried on that month."""

    code = "simulation_refused"


class _Undo(Exception):
    """Leaves a block so that nothing of it stays."""


@contextmanager
def _undone() -> Iterator[None]:
    with suppress(_Undo), transaction.atomic():
        yield
        raise _Undo


def simulate(
    *, policy: CommissionPolicy, month: Month, by: Any, at: datetime, progress: Progress | None = None
) -> Simulation:
    """Try `policy` on `month` in every county of its owner that settled it. Raises SimulationRefused.

    The result takes the place of an earlier one of the same policy and month.
    """
    if by is not None and not by.can(Permission.EDIT_POLICIES):
        raise Forbidden(_("Your role may not simulate policies."))
    rules = list(policy.rules.select_related("owner", "product", "org_unit").order_by("id"))
    if not rules:
        raise SimulationRefused(_("Policy %(code)s has no rules yet.") % {"code": policy.code})
    report = progress or (lambda done, total, note: None)
    with sql.snapshot():
        batches = settled_month.batches(path=policy.org_unit.path, month=month)
        if not any(batch.kind == "monthly" for batch in batches):
            raise SimulationRefused(
                _("No county of %(unit)s has settled %(month)s.") % {"unit": policy.org_unit, "month": month},
                code="not_settled",
            )
        with _undone():
            compared = _try(rules, batches, month, report)
        if not compared.batches:
            raise SimulationRefused(
                _("Subscriber months are missing for %(months)s. Import them and simulate again.")
                % {"months": ", ".join(sorted({name for item in compared.refused for name in item["months"]}))},
                code="no_data",
                counties=compared.refused,
            )
        return _store(policy, rules, month, compared, by=by, at=at)


def _try(rules: list[CommissionRule], batches: list[SettlementBatch], month: Month, report: Progress) -> Compared:
    sql.plan_for_many_rows()
    simulated = {rule.pk: rule_value(rule) for rule in rules}
    # One pass over the settled month before the trial's tables hide it.
    contexts = [_context(batch, batches, simulated, month) for batch in batches]
    counts = any(rule.brackets for context in contexts for rule in context.values.values())
    trial.open_tables(batches=[batch.pk for batch in batches], month=month, brackets=counts)
    refused: dict[int, list[Month]] = {}
    for place, context in enumerate(contexts):
        report(place, len(contexts) + 1, context.county.name)
        missing = trial.try_batch(context)
        if missing:
            refused.setdefault(context.county.pk, []).extend(missing)
    report(len(contexts), len(contexts) + 1, "")
    kept = [batch for batch in batches if batch.county_id not in refused]
    named = {batch.county_id: batch.county.code for batch in batches}
    found = compare(kept, month=month, bands=read_bands(batches[0].inputs["deduction_bands"]))
    found.result["refused"] = found.refused = [
        {"county": named[county], "months": [str(name) for name in sorted(set(months))]}
        for county, months in sorted(refused.items(), key=lambda item: named[item[0]])
    ]
    return found


def _context(
    batch: SettlementBatch, batches: list[SettlementBatch], simulated: dict[int, values.Rule], month: Month
) -> trial.Trial:
    """The batch as it was calculated, but for the rules: those of then with the simulated ones."""
    current = settled_month.rules(batch)
    ids = {rule.code: pk for pk, rule in (*current.items(), *simulated.items())}
    tried = rules_tried(list(current.values()), list(simulated.values()), month)
    tried = [rule for rule in tried if rule.effective_from <= batch.last_day]
    edges = {rule.effective_from for rule in tried}
    edges |= {date.fromordinal(rule.effective_to.toordinal() + 1) for rule in tried if rule.effective_to}
    weekly = [other.pk for other in batches if other.kind == "weekly" and other.county_id == batch.county_id]
    return trial.Trial(
        batch=batch,
        county=batch.county,
        month=Month.of(batch.month),
        weekly=batch.kind == "weekly",
        first_day=batch.first_day,
        last_day=batch.last_day,
        previous=None,
        rules={},
        values={ids[rule.code]: rule for rule in tried},
        thresholds=Thresholds(Decimal(batch.inputs["active_call_minutes"]), Decimal(batch.inputs["active_data_mb"])),
        segments=sorted(edges),
        later=[] if batch.kind == "weekly" else weekly,
        shared=True,
    )


def _store(
    policy: CommissionPolicy, rules: list[CommissionRule], month: Month, compared: Compared, *, by: Any, at: datetime
) -> Simulation:
    simulation, _new = Simulation.objects.update_or_create(
        policy=policy,
        month=month.first,
        defaults={
            "at": at,
            "by": by,
            "moved_months": months_back([rule_value(rule) for rule in rules], month),
            "fingerprint": fingerprint(export_policy(policy)),
            "result": compared.result,
        },
    )
    SimulatedDealer.objects.filter(simulation=simulation).delete()
    sql.copy_rows(
        "commissions_simulateddealer",
        ["simulation_id", *COLUMNS],
        ((simulation.pk, *(row[name] for name in COLUMNS)) for row in compared.dealers),
    )
    return simulation
