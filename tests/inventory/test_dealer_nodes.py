"""A dealer's own node: there once he is contracted, under his agent, and named as the archive names him."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from inventory.bulk import dealer_nodes
from inventory.models import StockNode
from tests import factories as make

pytestmark = pytest.mark.django_db


def test_a_node_follows_its_dealer() -> None:
    _city, county = make.make_city()
    agent = make.make_dealer(county, "A1")
    shop = make.make_dealer(county, "A2", agent_level=2, parent=agent)
    lead = make.make_dealer(county, "A3", stage="survey")
    StockNode.objects.filter(dealer__in=[agent, shop, lead]).delete()
    ids = [agent.pk, shop.pk, lead.pk]
    assert dealer_nodes.keep(ids) == 2
    assert dealer_nodes.keep(ids) == 0
    node = StockNode.objects.get(dealer=shop)
    assert (node.code, node.kind, node.parent) == ("A2", "agent2", StockNode.objects.get(dealer=agent))
    shop.name = "新名店"
    shop.save()
    dealer_nodes.keep([shop.pk])
    assert StockNode.objects.get(dealer=shop).name == "新名店"


def test_no_dealers_ask_nothing() -> None:
    with CaptureQueriesContext(connection) as asked:
        assert dealer_nodes.keep([]) == 0
    assert not asked
