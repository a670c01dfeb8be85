from inventory.models.catalogue import Cell, Product
from inventory.models.changes import FactChange
from inventory.models.levels import StockLevel
from inventory.models.materials import MaterialMonth, MaterialPlan, PlanItem
from inventory.models.movements import CardChange, Discrepancy, Holding, MovementLine, Route, StockMovement
from inventory.models.prices import DealerCredit, DealerReceipt, ProductPrice
from inventory.models.sales import FalseSale, ReentrySuspect, SalesFlag, SalesRecord
from inventory.models.stock import Card, NodeKeeper, StockNode
from inventory.models.stocktakes import CountLine, Difference, Stocktake
from inventory.models.subscribers import SubscriberMonth, SubscriberMonthHistory

__all__ = [
    "Card",
    "CardChange",
    "Cell",
    "CountLine",
    "DealerCredit",
    "DealerReceipt",
    "Difference",
    "Discrepancy",
    "FactChange",
    "FalseSale",
    "Holding",
    "MaterialMonth",
    "MaterialPlan",
    "MovementLine",
    "NodeKeeper",
    "PlanItem",
    "Product",
    "ProductPrice",
    "ReentrySuspect",
    "Route",
    "SalesFlag",
    "SalesRecord",
    "StockLevel",
    "StockMovement",
    "StockNode",
    "Stocktake",
    "SubscriberMonth",
    "SubscriberMonthHistory",
]
