"""Real rows with sensible defaults, for tests that need some. Keep each function small.

city, county = make_city()
dealer = make_dealer(county)
user = make_user("supervisor", Role.COUNTY_SUPERVISOR, county)
"""

from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

from accounts.models import OrgUnit, User
from accounts.roles import Role
from accounts.services import org_unit as org_units
from dealers.models import Dealer, DealerAccount, DealerTier, DealerUnit, DealerUser
from inventory.models import Product, SalesRecord

SHANGHAI = ZoneInfo("Asia/Shanghai")
PASSWORD = "Portal-test-2026"
_numbers = count(1)


def number() -> int:
    """A number that no other call in this process got."""
    return next(_numbers)


def moment(day: date | str, hour: int = 12) -> datetime:
    """A time of day in Shanghai on that day."""
    day = date.fromisoformat(day) if isinstance(day, str) else day
    return datetime(day.year, day.month, day.day, hour, tzinfo=SHANGHAI)


def make_unit(code: str, name: str, level: str, parent: OrgUnit | None = None) -> OrgUnit:
    """A unit in its place, or the one that has this code already."""
    found = OrgUnit.objects.filter(code=code).first()
    return found or org_units.save(OrgUnit(code=code, name=name, level=level, parent=parent))


def make_city(counties: int = 1) -> tuple[OrgUnit, ...]:
    """(city, county, …): a province 53, a city 5326 and its first counties."""
    province = make_unit("53", "云南省公司", "province")
    city = make_unit("5326", "文山州分公司", "city", province)
    names = ["文山市", "砚山县", "西畴县", "麻栗坡县", "马关县", "丘北县", "广南县", "富宁县"]
    made = [
        make_unit(f"5326{i + 1:02d}", names[i] if i < len(names) else f"县{i + 1}", "county", city)
        for i in range(counties)
    ]
    return (city, *made)


def make_grid(county: OrgUnit, name: str = "开化中心") -> OrgUnit:
    return make_unit(f"{county.code}{number():03d}", name, "grid", county)


def make_user(username: str, role: Role | str, unit: OrgUnit | None = None, **fields: Any) -> User:
    """A user with the password PASSWORD."""
    fields = {"name": username, **fields}
    return User.objects.create_user(username, PASSWORD, role=role, org_unit=unit, **fields)


def make_dealer_user(dealer: Dealer, username: str = "", **fields: Any) -> User:
    user = make_user(username or f"dealer{number()}", Role.DEALER, None, **fields)
    DealerUser.objects.create(user=user, dealer=dealer)
    return User.objects.get(pk=user.pk)


def make_dealer(unit: OrgUnit, code: str = "", **fields: Any) -> Dealer:
    """A mature partner store that has cooperated since 2024, with its tier and unit history."""
    code = code or f"D{number():05d}"
    start = fields.pop("cooperation_start", date(2024, 1, 1))
    fields = {"name": f"{code} 号店", "tier": "partner", "stage": "mature", **fields}
    dealer = Dealer.objects.create(code=code, org_unit=unit, cooperation_start=start, **fields)
    DealerTier.objects.create(dealer=dealer, valid_from=start, tier=dealer.tier)
    DealerUnit.objects.create(dealer=dealer, valid_from=start, org_unit=unit)
    return dealer


def make_account(
    dealer: Dealer, *, entered_by: User | None = None, verified_by: User | None = None, **fields: Any
) -> Any:
    """A bank account: verified if `verified_by` is given."""
    at = fields.pop("at", moment("2026-01-05"))
    fields = {"bank": "中国银行文山支行", "number": f"62220210010{number():08d}", "holder": dealer.name, **fields}
    return DealerAccount.objects.create(
        dealer=dealer,
        entered_by=entered_by,
        entered_at=at,
        verified_by=verified_by,
        verified_at=at + timedelta(hours=1) if verified_by else None,
        state="verified" if verified_by else "entered",
        **fields,
    )


def make_product(code: str = "", **fields: Any) -> Product:
    """A plan of the family 4G with a fee of 58 yuan."""
    code = code or f"P{number():04d}"
    values = {
        "name": f"4G 套餐 {code}",
        "family": "4G",
        "item_kind": Product.ItemKind.PLAN,
        "monthly_fee": Decimal("58.00"),
        **fields,
    }
    return Product.objects.get_or_create(code=code, defaults=values)[0]


def make_sale(seller: Dealer | None, day: date | str, product: Product, **fields: Any) -> SalesRecord:
    """An activation at noon of that day."""
    values = {"business_type": "activation", "occurred_at": moment(day), "dealer": seller, "seller": seller, **fields}
    values.setdefault("event_no", f"E{number():08d}")
    values.setdefault("subscriber_no", f"S{number():08d}")
    values.setdefault("msisdn", f"1390000{number():04d}")
    return SalesRecord.objects.create(product=product, **values)


def decimals(values: dict[str, float]) -> dict[str, Decimal]:
    """Figures as the database gives them."""
    return {name: Decimal(str(value)) for name, value in values.items()}
