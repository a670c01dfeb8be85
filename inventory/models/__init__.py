from inventory.models.catalogue import Cell, Product
from inventory.models.levels import StockLevel
from inventory.models.sales import FalseSale, ReentrySuspect, SalesFlag, SalesRecord
from inventory.models.stock import Card, StockNode
from inventory.models.subscribers import SubscriberMonth, SubscriberMonthHistory

__all__ = [
    "Card",
    "Cell",
    "FalseSale",
    "Product",
    "ReentrySuspect",
    "SalesFlag",
    "SalesRecord",
    "StockLevel",
    "StockNode",
    "SubscriberMonth",
    "SubscriberMonthHistory",
]
