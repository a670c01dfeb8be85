"""A dealer's word on his statement."""

import pytest

from commissions.models import Statement, StatementConfirmation
from commissions.services import statement as service
from commissions.services.statement import StatementRefused
from core.errors import Forbidden
from tests import factories as f
from tests.commissions.scene import make_batch, make_scene

pytestmark = pytest.mark.django_db
AT = f.moment("2026-10-08")


def test_only_the_dealer_himself_confirms_and_once() -> None:
    scene = make_scene()
    statement = Statement.objects.select_related("batch").get(batch=make_batch(scene, state="approved"))
    owner = f.make_dealer_user(scene.dealers[0])
    for by in (f.make_dealer_user(f.make_dealer(scene.county)), scene.supervisor, scene.manager):
        with pytest.raises(Forbidden):
            service.confirm(statement=statement, by=by, at=AT)
    first = service.confirm(statement=statement, by=owner, at=AT)
    assert service.confirm(statement=statement, by=owner, at=f.moment("2026-10-09")) == first
    assert StatementConfirmation.objects.get().at == AT


@pytest.mark.parametrize("state", ["calculated", "submitted", "reviewed"])
def test_what_is_not_approved_is_not_confirmed(state: str) -> None:
    scene = make_scene()
    statement = Statement.objects.select_related("batch").get(batch=make_batch(scene, state=state))
    with pytest.raises(StatementRefused):
        service.confirm(statement=statement, by=f.make_dealer_user(scene.dealers[0]), at=AT)
    assert not StatementConfirmation.objects.exists()
