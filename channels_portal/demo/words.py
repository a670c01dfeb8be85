"""Names of people, stores, roads and banks as they are common in the south-west."""


def _words(text: str) -> tuple[str, ...]:
    """The words of a text; one that stands there twice is drawn twice as often."""
    return tuple(text.split())


SURNAMES = _words(
    "李 李 王 王 杨 杨 张 张 陆 陆 农 农 韦 黄 黄 陈 刘 周 罗 熊 陶 项 侯 龙 马 何 赵 吴 徐 沈 岑 梁 蒙 覃 卢 "
    "田 邓 谢 高 朱"
)
GIVEN_NAMES = _words(
    "建国 志强 文华 丽萍 晓燕 国荣 永福 兴旺 春梅 秀英 海波 勇 伟 静 敏 艳 芳 磊 军 洋 玉兰 桂花 金凤 明 刚 "
    "辉 鹏 丹 婷 雪梅 正发 正祥 廷贵 朝富 光明 天文 开荣 家祥 绍云 世华 应芬 琼仙 美玲 红艳 加林 文山 仕平 "
    "国庆 小龙 云飞 俊杰 佳怡 雨晴 思远"
)
NATIONAL_CHAINS = ("迅达数码", "恒联通讯", "华声手机连锁")
PROVINCIAL_CHAINS = ("滇信通讯", "云岭手机城", "彩云通讯连锁")
SMALL_CHAINS = ("盘龙河通讯", "普者黑手机", "七乡通讯", "三七城数码", "壮乡通讯", "铜鼓手机店")
TRADE_NAMES = _words(
    "鑫达 宏图 旺达 兴隆 顺通 金源 佳联 天翔 惠民 家和 众信 捷讯 联创 百信 恒通 易通 万和 鸿运 星光 诚信 瑞丰 "
    "亿佳 新时代 好又多 聚鑫 永兴 福临 华盛 广源 美佳 腾飞 鑫隆 双喜 一线通 百姓 方圆 大众 荣昌 祥和 德顺"
)
TOWN_SUFFIXES = ("通讯", "通讯", "手机店", "手机维修部", "数码", "通讯营业厅")
VILLAGE_SUFFIXES = ("通讯代办点", "便民服务店", "百货店", "小卖部", "农资店", "手机店", "通讯")
EXCLUSIVE_SUFFIX = "移动专卖店"
MALL_SUFFIX = "移动商城"
ROADS = tuple(
    "东风路 建设路 普阳路 凤凰路 开化中路 民族路 人民路 新华街 秀山路 振兴路 文新街 团结路 环城南路 望华路 学府路"
)
BANKS = (
    ("中国农业银行{county}支行", "622848"),
    ("云南农村商业银行{county}支行", "623190"),
    ("中国邮政储蓄银行{county}支行", "621799"),
    ("中国建设银行{county}支行", "621700"),
    ("中国工商银行{county}支行", "621226"),
)
SUSPENSION_REASONS = ("店面装修停业", "实名制复核未通过, 暂停支付", "代理商账户信息待核实")
STREET_GRIDS = ("街道", "开发区")


def short(name: str) -> str:
    """A unit's name without its administrative ending: 薄竹镇 gives 薄竹, 东山彝族乡 东山."""
    if name.endswith("开发区"):
        return "高新区"
    for ending in (
        "苗族自治县",
        "彝族乡",
        "回族乡",
        "瑶族乡",
        "自治州",
        "街道",
        "片区网格",
        "网格",
        "农场",
        "镇",
        "乡",
        "市",
        "县",
        "区",
    ):
        if name.endswith(ending) and len(name) > len(ending) + 1:
            return name[: -len(ending)]
    return name
