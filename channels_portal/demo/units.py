"""The tree of org units: a real prefecture with its counties and towns, and for a whole province more of them."""

import csv
from dataclasses import dataclass
from pathlib import Path

from channels_portal.demo.plan import Plan

WENSHAN = Path(__file__).parent / "data" / "org_units.csv"

# Share of the city's trade and position (WGS-84) of the county seats that the demo knows.
COUNTIES = {
    "532601": (0.21, 23.3862, 104.2325),
    "532622": (0.13, 23.6056, 104.3371),
    "532623": (0.07, 23.4378, 104.6726),
    "532624": (0.08, 23.1256, 104.7029),
    "532625": (0.10, 23.0129, 104.3941),
    "532626": (0.13, 24.0508, 104.1948),
    "532627": (0.17, 24.0463, 105.0551),
    "532628": (0.11, 23.6254, 105.6310),
}

# Further prefectures of the province: code, name, position, counties by code.
PREFECTURES: tuple[tuple[str, str, float, float, str], ...] = (
    (
        "5303",
        "曲靖市",
        25.49,
        103.80,
        "02麒麟区 03沾益区 04马龙区 22陆良县 23师宗县 24罗平县 25富源县 26会泽县 81宣威市",
    ),
    (
        "5325",
        "红河哈尼族彝族自治州",
        23.36,
        103.38,
        "01个旧市 02开远市 03蒙自市 04弥勒市 23屏边苗族自治县 24建水县 25石屏县 27泸西县 28元阳县 29红河县 31绿春县",
    ),
    (
        "5301",
        "昆明市",
        25.04,
        102.71,
        "02五华区 03盘龙区 11官渡区 12西山区 13东川区 14呈贡区 15晋宁区 24富民县 25宜良县 27嵩明县 81安宁市",
    ),
    (
        "5329",
        "大理白族自治州",
        25.59,
        100.23,
        "01大理市 23祥云县 24宾川县 25弥渡县 28永平县 29云龙县 30洱源县 31剑川县 32鹤庆县",
    ),
    ("5304", "玉溪市", 24.35, 102.54, "02红塔区 03江川区 23通海县 24华宁县 25易门县 81澄江市"),
)
SEAT = 5.0
GRIDS = ("城区网格", "城郊网格", "东片区网格", "南片区网格", "西片区网格", "北片区网格")


@dataclass(frozen=True)
class Unit:
    """A row of the tree; `share` is its part of the parent's trade, the position that of its seat."""

    code: str
    name: str
    level: str
    parent: str | None
    share: float = 1.0
    latitude: float = 0.0
    longitude: float = 0.0


def tree(plan: Plan) -> list[Unit]:
    """All units, parents first."""
    units = _wenshan(plan)
    chance = plan.chance("units")
    for code, name, latitude, longitude, counties in PREFECTURES[: plan.scale.cities - 1]:
        units.append(Unit(code, name, "city", "53"))
        for text in counties.split():
            county = code + text[:2]
            position = latitude + chance.normal(0, 0.35), longitude + chance.normal(0, 0.35)
            units.append(Unit(county, text[2:], "county", code, float(chance.uniform(0.4, 1.6)), *position))
            for number, grid in enumerate(GRIDS, start=1):
                near = [degree + chance.normal(0, 0.12) for degree in position]
                units.append(Unit(f"{county}{number:03d}", grid, "grid", county, 4.0 if number == 1 else 1.0, *near))
    return units


def _wenshan(plan: Plan) -> list[Unit]:
    chance = plan.chance("units", "wenshan")
    units = []
    with WENSHAN.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            code, level, parent = row["code"], row["level"], row["parent_code"] or None
            share, latitude, longitude = 1.0, 0.0, 0.0
            if level == "county":
                share, latitude, longitude = COUNTIES[code]
                share *= 8  # so that counties of all prefectures weigh alike
            elif level == "grid" and parent is not None:
                _, latitude, longitude = COUNTIES[parent]
                share = _share(code, row["name"])
                latitude += 0.0 if share == SEAT else chance.normal(0, 0.13)
                longitude += 0.0 if share == SEAT else chance.normal(0, 0.13)
            units.append(Unit(code, row["name"], level, parent, share, latitude, longitude))
    return units


def _share(code: str, name: str) -> float:
    """How much trade a town draws in its county: the seat most, then streets, towns, townships."""
    if code.endswith(("001", "101")):
        return SEAT
    return 4.0 if name.endswith("街道") else 2.0 if name.endswith("镇") else 1.0
