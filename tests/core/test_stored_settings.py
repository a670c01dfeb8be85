from decimal import Decimal

import pytest
from constance import config
from constance.models import Constance

pytestmark = pytest.mark.django_db


def test_reading_a_setting_that_nobody_changed_writes_nothing():
    assert Decimal("10.00") == config.ACTIVE_CALL_MINUTES
    assert not Constance.objects.exists()


def test_a_changed_setting_is_kept():
    config.ACTIVE_CALL_MINUTES = Decimal("12.00")
    assert Decimal("12.00") == config.ACTIVE_CALL_MINUTES
    assert Constance.objects.count() == 1
