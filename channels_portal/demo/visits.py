"""Some visits of the channel managers, logged through the services that the phone pages use."""

import io
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from django.conf import settings
from PIL import Image, ImageDraw

from accounts.models import OrgUnit, User
from accounts.queries import people
from accounts.roles import Permission, Role
from audits.models import Finding, ViolationType, Visit
from audits.rules.checklist import Question
from audits.services import inspection as inspections
from audits.services import notice as notices
from audits.services import rectification, week
from audits.services import visit as visits
from channels_portal.demo.plan import Plan
from core.periods import Quarter
from dealers.models import Dealer
from dealers.rules.rating import RatingPeriod

NOTES = (
    "店主反映新套餐宣传单页不足，已联系渠道中心补发。",
    "现场培训了本月酬金政策。",
    "提醒整改价签，下次巡店复核。",
    "经营正常。",
)
WRONG = 0.06
COUNTIES = 2
DRAWN = 5
DEMAND = "撤除他网号卡和价签，重新摆放本网宣传物料"
SEEN = "收银台旁摆放他网手机卡并有售卖价签"
# What became of what patrols found, by days ago.
FOUND = ((3, "open"), (4, "issued"), (5, "appealed"))


def log(plan: Plan) -> None:
    """A finished visit in some counties, and one manager who is in a store right now. None if there are any already."""
    if Visit.objects.exists():
        return
    chance = plan.chance("visits")
    counties = OrgUnit.objects.filter(level="county").order_by("code")[:COUNTIES]
    for place, county in enumerate(counties):
        stores = Dealer.objects.filter(
            org_unit__county=county, stage="mature", visit_regime="authorised", manager__isnull=False
        )
        pair = list(stores.select_related("manager", "org_unit").order_by("code")[:2])
        for dealer in pair[:1]:
            _visit(chance, dealer, _morning(plan, 2 + 2 * place), finished=True)
        for dealer in pair[1:] if place == 0 else []:
            _visit(chance, dealer, _morning(plan, 0), finished=False)
    _find(plan, chance)
    _inspect(plan, chance)
    week.draft_all(day=plan.today)


def _find(plan: Plan, chance: np.random.Generator) -> None:
    """Breaches of exclusivity that patrols saw: one waits for the supervisor, one for the dealer, one for the city."""
    stores = Dealer.objects.filter(
        stage="mature", exclusive_agreement=True, manager__isnull=False, org_unit__level="grid"
    )
    owned = (
        stores.filter(users__isnull=False)
        .exclude(visits__state="open")
        .select_related("manager", "org_unit__county")
        .order_by("code")
    )
    for (days, until), dealer in zip(FOUND, owned.distinct(), strict=False):
        at = _morning(plan, days)
        _visit(chance, dealer, at, finished=True, breach=True)
        if until == "open":
            continue
        finding = Finding.objects.get(dealer=dealer, state="open", category="exclusivity")
        supervisor = people(Permission.DECIDE_FINDINGS, unit=dealer.org_unit).order_by("pk").first()
        breach = ViolationType.objects.get(code="exclusivity")
        at += timedelta(hours=3)
        issued = notices.confirm(finding=finding, breach=breach, text=SEEN, by=supervisor, at=at)
        if until == "issued":
            due_on = plan.today + timedelta(days=4)
            rectification.order(finding=finding, demand=DEMAND, due_on=due_on, by=dealer.manager, at=at)
        if until == "appealed":
            owner = User.objects.filter(dealer_link__dealer=dealer).order_by("pk").first()
            at += timedelta(hours=20)
            notices.appeal(notice=issued, text="卡是顾客遗留的，不是本店销售，请查看监控。", by=owner, at=at)


def _inspect(plan: Plan, chance: np.random.Generator) -> None:
    """Mystery inspections of the quarter and a few spot checks, one of each done."""
    inspector = User.objects.filter(role=Role.INSPECTOR).select_related("org_unit").order_by("pk").first()
    if inspector is None or inspector.org_unit is None:
        return
    city, at, quarter = inspector.org_unit, _morning(plan, 3), Quarter.of(plan.today)
    by = people(Permission.ORDER_INSPECTIONS, unit=city).order_by("pk").first()
    order = {"unit": city, "inspectors": [inspector], "by": by, "at": at}
    period = RatingPeriod(quarter.year, quarter.quarter)
    rounds = (
        inspections.order_mystery(**order, period=period, due_on=quarter.last),
        inspections.order_spot_checks(**order, size=DRAWN, due_on=plan.today + timedelta(days=11)),
    )
    for found in rounds:
        first = found.inspections.select_related("dealer", "inspector").order_by("pk")[0]
        _visit(chance, first.dealer, _morning(plan, 1), finished=True, kind=first.kind, by=first.inspector)


def _morning(plan: Plan, days_ago: int) -> datetime:
    return datetime.combine(plan.today - timedelta(days=days_ago), time(10, 5), ZoneInfo(settings.TIME_ZONE))


def _visit(
    chance: np.random.Generator,
    dealer: Dealer,
    at: datetime,
    *,
    finished: bool,
    breach: bool = False,
    kind: str = "routine",
    by: User | None = None,
) -> None:
    manager = by or dealer.manager
    fix = visits.Fix(float(dealer.latitude or 0) + 0.0003, float(dealer.longitude or 0), 18.0)
    visit = visits.start(dealer=dealer, manager=manager, kind="patrol" if breach else kind, at=at, fix=fix)
    questions = [question for section in visit.sections for question in section.questions]
    for question in questions if finished else questions[:4]:
        at += timedelta(minutes=2)
        if question.kind == "photo":
            data = _photo(dealer, question.id)
            visits.add_photo(visit=visit, data=data, by=manager, at=at, question_id=question.id)
        elif value := _answer(chance, question):
            visits.answer(visit=visit, question_id=question.id, value=value, by=manager, at=at)
    if breach:
        visits.add_finding(visit=visit, category="exclusivity", text=SEEN, by=manager, at=at, needs_photo=True)
    if finished:
        for finding in Finding.objects.filter(visit=visit, state="open", needs_photo=True):
            visits.add_photo(
                visit=visit, data=_photo(dealer, finding.pk, ringed=True), by=manager, at=at, finding=finding
            )
        at += timedelta(minutes=6)
        summary, reason = str(chance.choice(NOTES)), "店内客户较多, 协助受理业务"
        visits.check_out(visit=visit, by=manager, at=at, summary=summary, length_reason=reason, distance_reason=reason)


def _answer(chance: np.random.Generator, question: Question) -> str:
    wrong = chance.random() < WRONG
    match question.kind:
        case "yes_no":
            good = question.good_answer == "yes"
            return "yes" if good != wrong else "no"
        case "score":
            return str(max(0, question.max_score - int(chance.integers(0, 2)) - 3 * wrong))
        case "choice":
            return question.choices[1 if wrong and len(question.choices) > 1 else 0]
        case "number":
            return str(int(chance.integers(0, 3)))
    return ""


def _photo(dealer: Dealer, number: int, *, ringed: bool = False) -> bytes:
    """A drawn shop front: nobody's real store. Another `number` is another picture."""
    shade = dealer.pk * 37 % 90
    image = Image.new("RGB", (960, 640), (196, 214, 226))
    draw = ImageDraw.Draw(image)
    draw.rectangle((120, 180, 840, 560), fill=(226, 220, 206))
    draw.rectangle((120, 180, 840, 260), fill=(20 + shade, 110, 190))
    draw.rectangle((180, 320, 430, 540), fill=(148, 178, 196), outline=(90, 90, 90), width=6)
    draw.rectangle((520, 320, 700, 560), fill=(120, 96, 80), outline=(70, 60, 50), width=6)
    draw.rectangle((760 - number % 40, 420, 800, 560), fill=(150, 120, 90))
    if ringed:
        draw.ellipse((170 + number % 40, 310, 460, 550), outline=(200, 40, 40), width=8)
    data = io.BytesIO()
    image.save(data, "JPEG", quality=80)
    return data.getvalue()
