"""The API against its own schema: whatever fits the schema is answered, and as the schema says."""

import logging
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
import schemathesis
from django.core import signals
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, Phase, given, settings
from rest_framework.authtoken.models import Token
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.depth import times
from tests.sweep import world as worlds

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
EXAMPLES = times(4)


@pytest.fixture(scope="module")
def description() -> dict[str, Any]:
    return SchemaGenerator().get_schema(request=None, public=True)


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture(autouse=True)
def _one_connection() -> Iterator[None]:
    """The application runs in the test's own transaction, so it must not close its connection."""
    for signal in (signals.request_started, signals.request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (signals.request_started, signals.request_finished):
        signal.connect(close_old_connections)


def real_values(world: worlds.World) -> dict[str, dict[str, Any]]:
    """By resource: what names a row that exists."""
    x, a = world.x, world.a
    return {
        "org-units": {"code": a.unit.code},
        "dealers": {"code": x.dealer.code, "account_id": x.account.pk},
        "agreements": {"number": x.agreement.number},
        "stock-nodes": {"code": x.node.code},
        "cards": {"serial": x.card.serial},
        "sales": {"event_no": x.sale.event_no},
        "policies": {"code": world.policy.code},
        "rules": {"code": a.rule.code},
        "batches": {"number": a.calculated.number},
        "statements": {"number": x.statement.number},
        "adjustments": {"reference": x.adjustment.reference},
        "disputes": {"number": x.dispute.number},
        "lines": {"id": x.line.pk},
        "pool-entries": {"id": x.pool_entry.pk},
        "visits": {"id": x.visit.pk},
        "findings": {"id": x.finding.pk},
        "violations": {"reference": x.violation.reference},
        "imports": {"id": a.run.pk},
    }


@pytest.mark.django_db
@pytest.mark.parametrize("who", ["city_manager", "channel_manager"])
def test_every_operation_answers_as_the_schema_says(description: dict[str, Any], who: str, settings: Any) -> None:
    settings.API_RATES = dict.fromkeys(settings.API_RATES, "1000000/min")
    world = worlds.build()
    headers = {"Authorization": f"Token {Token.objects.create(user=world.users[who]).key}"}
    api = schemathesis.openapi.from_dict(description)
    api.app = get_wsgi_application()
    real = real_values(world)
    wrong = [said for found in api.get_all_operations() if (said := fuzz(found.ok(), headers, real))]
    assert not wrong, "\n\n".join(wrong)


def fuzz(operation: Any, headers: dict[str, str], real: dict[str, dict[str, Any]]) -> str:
    """What went wrong with some requests to one operation; '' if nothing did."""
    turns = count()

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def run(case: Any) -> None:
        if next(turns) % 2 == 0 and case.path_parameters:
            known = real.get(operation.path.split("/")[3], {})
            case.path_parameters = {name: known.get(name, value) for name, value in case.path_parameters.items()}
        with transaction.atomic():
            response = case.call(headers=headers)
            transaction.set_rollback(True)
        case.validate_response(response, checks=CHECKS)

    try:
        run()
    except BaseException as error:  # groups of failures too
        return f"{operation.method.upper()} {operation.path}: {error}"
    return ""


def test_every_operation_says_who_may_and_how_it_fails(description: dict[str, Any]) -> None:
    for path, operations in description["paths"].items():
        for method, operation in operations.items():
            assert {"401", "403", "404"} <= set(operation["responses"]), (path, method)
            named = {parameter["name"] for parameter in operation.get("parameters", [])}
            assert ("Idempotency-Key" in named) == (method != "get"), (path, method)
            assert operation.get("description"), (path, method)
