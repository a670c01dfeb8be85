"""What is sold: plans with the fees that people pay, terminals, recharge cards, services."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Item:
    """A product, the kinds of event that sell it and how often in towns and in villages.

    `fee` in yuan a month; `price` what a terminal costs or a card is worth.
    """

    code: str
    name: str
    family: str
    item_kind: str
    sold_by: tuple[str, ...] = ()
    town: float = 0.0
    village: float = 0.0
    fee: Decimal | None = None
    price: Decimal | None = None


def _plan(code: str, name: str, family: str, fee: str, town: float, village: float, *sold_by: str) -> Item:
    return Item(code, name, family, "plan", sold_by or ("activation", "port_in"), town, village, fee=Decimal(fee))


PRODUCTS: tuple[Item, ...] = (
    _plan("4G-018", "4G 自选套餐 18 元", "4G", "18", 4, 12),
    _plan("4G-038", "4G 飞享套餐 38 元", "4G", "38", 12, 24),
    _plan("4G-058", "4G 飞享套餐 58 元", "4G", "58", 16, 22, "activation", "port_in", "plan_upgrade"),
    _plan("4G-088", "4G 飞享套餐 88 元", "4G", "88", 8, 6, "activation", "port_in", "plan_upgrade"),
    _plan("5G-069", "5G 畅享套餐 69 元", "5G", "69", 18, 9, "activation", "port_in", "plan_upgrade"),
    _plan("5G-099", "5G 畅享套餐 99 元", "5G", "99", 14, 5, "activation", "port_in", "plan_upgrade"),
    _plan("5G-128", "5G 智享套餐 128 元", "5G", "128", 10, 3, "activation", "port_in", "plan_upgrade"),
    _plan("5G-198", "5G 智享家庭版 198 元", "5G", "198", 3, 0.5, "activation", "port_in", "plan_upgrade"),
    _plan("CM-039", "校园青春卡 39 元", "CAMPUS", "39", 6, 2, "activation"),
    _plan("SN-019", "孝心卡 19 元", "SENIOR", "19", 5, 14, "activation"),
    _plan("IOT-010", "物联网流量卡 10 元", "IOT", "10", 1, 0.3, "activation"),
    _plan("BB-300", "家庭宽带 300M 50 元", "BROADBAND", "50", 10, 14, "broadband"),
    _plan("BB-500", "家庭宽带 500M 70 元", "BROADBAND", "70", 10, 6, "broadband"),
    _plan("BB-1000", "千兆宽带 + IPTV 99 元", "BROADBAND", "99", 8, 2, "broadband"),
    Item("TM-A3", "OPPO A3 5G 8+256", "TERMINAL", "terminal", ("terminal",), 8, 9, price=Decimal("1299")),
    Item("TM-Y200", "vivo Y200 5G 8+256", "TERMINAL", "terminal", ("terminal",), 8, 8, price=Decimal("1499")),
    Item("TM-N13", "红米 Note 13 5G 8+128", "TERMINAL", "terminal", ("terminal",), 9, 10, price=Decimal("1099")),
    Item("TM-X60", "荣耀 X60 12+256", "TERMINAL", "terminal", ("terminal",), 6, 4, price=Decimal("1799")),
    Item("TM-R12", "OPPO Reno12 16+256", "TERMINAL", "terminal", ("terminal",), 3, 1, price=Decimal("2799")),
    Item("TM-SN", "关爱老人机 4G 全网通", "TERMINAL", "terminal", ("terminal",), 3, 9, price=Decimal("239")),
    Item("RC-030", "30 元充值卡", "RECHARGE", "recharge", ("recharge",), 6, 16, price=Decimal("30")),
    Item("RC-050", "50 元充值卡", "RECHARGE", "recharge", ("recharge",), 14, 20, price=Decimal("50")),
    Item("RC-100", "100 元充值卡", "RECHARGE", "recharge", ("recharge",), 16, 10, price=Decimal("100")),
    _plan("SV-VRBT", "视频彩铃 6 元包", "SERVICE", "6", 8, 6, "service"),
    _plan("SV-FLOW", "流量加油包 10 GB 15 元", "SERVICE", "15", 12, 10, "service"),
    _plan("SV-RIGHT", "影音权益会员 19.9 元", "SERVICE", "19.90", 8, 3, "service"),
    Item("SV-CARE", "补卡、过户等代办", "SERVICE", "plan", ("service",), 0.25, 0.4),
    Item("SIM-4G", "4G 套卡", "SIM", "sim"),
    Item("SIM-5G", "5G 套卡", "SIM", "sim"),
)
BY_CODE = {item.code: item for item in PRODUCTS}


def sold_by(business_type: str) -> list[Item]:
    """The products that events of `business_type` sell."""
    return [item for item in PRODUCTS if business_type in item.sold_by]
