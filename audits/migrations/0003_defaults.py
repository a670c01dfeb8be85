"""The kinds of violation and the checklists, to start with; edited in admin from then on."""

from datetime import date

from django.db import migrations

SINCE = date(2020, 1, 1)

# code, penalty multiplier (of the month's gross commission)
VIOLATION_TYPES = [
    ("exclusivity", 2),
    ("cross_region", 0),
    ("false_business", 0),
    ("packaging", 0),
    ("misuse", 0),
    ("real_name", 0),
    ("service", 0),
]

# Questions: text, kind, weight, answer that opens a finding, further fields
YES_NO, SCORE, CHOICE, NUMBER, TEXT, PHOTO = "yes_no", "score", "choice", "number", "text", "photo"
OPTIONAL = {"required": False}
BAD_IF_YES = {"good_answer": "no", "finding_photo": True}

PUBLICITY = (
    "宣传与陈列",
    "display",
    [
        ("门头、背景墙等形象标识完整、整洁", YES_NO, 2, "no", {}),
        ("当期主推资费海报、单页已上墙或摆放", YES_NO, 2, "no", {}),
        ("终端、卡品陈列", SCORE, 2, "<3", {"help": "0 分：无陈列；5 分：齐全、有价签、无空位"}),
        ("店面全景照片", PHOTO, 0, "", {}),
    ],
)
SERVICE = (
    "服务规范",
    "service",
    [
        ("店员着装、工牌、用语符合规范", SCORE, 2, "<3", {}),
        ("资费介绍准确，无误导", YES_NO, 2, "no", {}),
        ("当月客户投诉件数", NUMBER, 0, ">2", OPTIONAL),
    ],
)
BUSINESS_RULES = (
    "业务规范",
    "business_rules",
    [
        ("按公司政策销售，无私自包装政策", YES_NO, 2, "no", {"finding_photo": True}),
        ("业务受理单据、协议保存完整", YES_NO, 1, "no", {}),
    ],
)
STOCK = (
    "库存抽盘",
    "stock",
    [
        ("抽盘号段账实相符", YES_NO, 2, "no", {"finding_photo": True}),
        ("抽盘数量（张）", NUMBER, 0, "", OPTIONAL),
        ("卡品存放安全、有专人保管", YES_NO, 1, "no", {}),
    ],
)
REAL_NAME = (
    "实名登记",
    "real_name",
    [
        ("现场人证一致、实名采集到位", YES_NO, 3, "no", {"finding_photo": True}),
        ("留存资料无外泄、无代持", YES_NO, 2, "no", {}),
    ],
)
TRAINING = (
    "培训需求",
    "other",
    [
        ("店员对当期政策的掌握", CHOICE, 1, "不了解", {"choices": "熟练\n一般\n不了解"}),
        ("需要的培训内容", TEXT, 0, "", OPTIONAL),
    ],
)
COMPETITORS = (
    "竞争动态",
    "other",
    [
        ("周边竞争对手新开或调整网点", TEXT, 0, "", OPTIONAL),
        ("竞争对手主推政策、酬金", TEXT, 0, "", OPTIONAL),
    ],
)
RELATIONSHIP = (
    "客情关系",
    "other",
    [
        ("代理商的合作意愿", CHOICE, 1, "有意退出", {"choices": "积极\n一般\n消极\n有意退出"}),
        ("代理商的诉求与建议", TEXT, 0, "", OPTIONAL),
    ],
)
EXCLUSIVITY = (
    "排他检查",
    "exclusivity",
    [
        ("销售竞争对手制式终端（公开版除外）", YES_NO, 3, "yes", BAD_IF_YES),
        ("销售竞争对手号卡", YES_NO, 3, "yes", BAD_IF_YES),
        ("代收竞争对手话费或代办其他业务", YES_NO, 3, "yes", BAD_IF_YES),
        ("摆放竞争对手宣传物料", YES_NO, 2, "yes", BAD_IF_YES),
        ("出现竞争对手形象或品牌标识", YES_NO, 2, "yes", BAD_IF_YES),
        ("店内全景照片", PHOTO, 0, "", {}),
    ],
)
LEAD_IN = (
    "引导期支撑",
    "other",
    [
        ("已讲解当期资费与业务受理流程", YES_NO, 2, "", {}),
        ("店员能独立受理主要业务", SCORE, 2, "<2", {}),
        ("系统、工号、终端可正常使用", YES_NO, 2, "no", {}),
        ("当天辅导内容", TEXT, 0, "", OPTIONAL),
    ],
)

# name, visit regime ('' any), kind of visit ('' any), sections
CHECKLISTS = [
    (
        "授权店日常巡店",
        "authorised",
        "routine",
        [PUBLICITY, SERVICE, BUSINESS_RULES, STOCK, REAL_NAME, TRAINING, COMPETITORS, RELATIONSHIP],
    ),
    ("日常巡店", "", "routine", [PUBLICITY, BUSINESS_RULES, REAL_NAME, RELATIONSHIP]),
    ("引导期驻店", "", "lead_in", [LEAD_IN, PUBLICITY, TRAINING]),
    ("排他巡查", "", "patrol", [EXCLUSIVITY]),
    ("市公司抽查", "", "spot_check", [EXCLUSIVITY, PUBLICITY, BUSINESS_RULES, REAL_NAME]),
]


def add(apps, schema_editor):
    violation_type = apps.get_model("audits", "ViolationType")
    violation_type.objects.bulk_create(
        violation_type(code=code, multiplier=multiplier) for code, multiplier in VIOLATION_TYPES
    )
    for name, regime, kind, sections in CHECKLISTS:
        template = apps.get_model("audits", "ChecklistTemplate").objects.create(
            name=name, visit_regime=regime, visit_kind=kind, valid_from=SINCE
        )
        for place, (title, category, questions) in enumerate(sections, start=1):
            section = apps.get_model("audits", "ChecklistSection").objects.create(
                template=template, title=title, position=place, category=category
            )
            question = apps.get_model("audits", "ChecklistQuestion")
            question.objects.bulk_create(
                question(
                    section=section, text=text, kind=one, weight=weight, finding_on=finding_on, position=row, **further
                )
                for row, (text, one, weight, finding_on, further) in enumerate(questions, start=1)
            )


class Migration(migrations.Migration):
    dependencies = [("audits", "0002_visits")]

    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
