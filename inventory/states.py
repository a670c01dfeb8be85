"""How the states of a card look, the same on every page."""

from django.utils.translation import gettext_lazy as _

from core.states import State

CARD = (
    State("in_stock", _("In stock"), "blue"),
    State("in_transit", _("In transit"), "amber"),
    State("activated", _("Activated"), "green"),
    State("sold", _("Sold"), "green"),
    State("scrapped", _("Scrapped"), "grey"),
    State("lost", _("Lost"), "red"),
)
CARD_BY_NAME = {state.name: state for state in CARD}
