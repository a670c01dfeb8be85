"""Every page of every role on a phone and on a desktop: it fits, it is accessible, nothing complains."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.db import connections
from django.test import override_settings
from django.urls import reverse
from playwright.sync_api import Page

from accounts.models import User
from accounts.roles import Role
from audits.models import Finding, Rectification, ViolationNotice, Visit
from channels_portal import navigation
from channels_portal.demo import seed, users
from channels_portal.demo.plan import SCALES, Plan
from commissions.models import CommissionLine, CommissionPolicy, SettlementBatch, Statement
from commissions.states import FROZEN
from dealers.models import Dealer, DealerUser, RatingProposal
from inventory.models import Card
from tests.journeys.conftest import TODAY, Meet
from tests.journeys.person import Person
from tests.journeys.pictures import picture, wanted
from tests.support.database import restore
from tests.support.demo import TINY
from tests.support.live import LivePortal

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.browser,
    pytest.mark.processes,
]

SIZES = ({"width": 1440, "height": 900}, {"width": 390, "height": 844})
GRAVE = ("serious", "critical")
WIDE = "() => document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth"
CUT = """() => [...document.querySelectorAll("main .btn")]
  .filter((button) => button.checkVisibility() && button.scrollWidth > button.clientWidth + 1)
  .map((button) => button.textContent.trim())"""
NO_ICON = """() => [...document.querySelectorAll("svg use")]
  .filter((use) => use.checkVisibility() && !use.getBBox().width && !use.getBBox().height)
  .map((use) => use.getAttribute("href"))"""
checked: set[tuple[str, int]] = set()  # pages that axe has seen: they are the same for the next role


@pytest.fixture(scope="module")
def demo(journey_portal: LivePortal, django_db_blocker: Any) -> Iterator[dict[str, User]]:
    """The demo, committed; the first user of each role."""

    def load() -> None:
        with override_settings(PASSWORD_HASHERS=[f"{Argon2PasswordHasher.__module__}.Argon2PasswordHasher"]):
            seed.run(Plan(SCALES["small"] if wanted() else TINY, 1, TODAY))
        connections.close_all()

    with django_db_blocker.unblock():
        with ThreadPoolExecutor(
            1
        ) as thread:  # the thread of the tests is the browser's, where settings are read otherwise
            thread.submit(load).result()
        found = User.objects.select_related("org_unit", "dealer_link__dealer").order_by("-pk")
        yield {user.role: user for user in found if user.is_active}
        restore()


@pytest.fixture
def come(demo: dict[str, User], meet: Meet) -> Any:
    """``come("dealer")``: the person of that role, signed in."""

    def one(role: str, width: str = "desktop") -> Person:
        return meet(demo[role].username, width).sign_in(users.password())

    return one


class Problems:
    """What is wrong with the pages that were looked at."""

    def __init__(self, page: Page) -> None:
        self.page, self.found = page, []
        page.on("console", lambda message: self.note(message.text) if message.type == "error" else None)
        page.on("response", lambda answer: self.note(f"{answer.status} {answer.url}") if answer.status >= 400 else None)

    def note(self, text: str) -> None:
        self.found.append(f"{self.page.url}: {text}")

    def look(self, *, scheme: str = "light") -> None:
        self.page.wait_for_load_state("networkidle")
        for size in SIZES:
            self.page.set_viewport_size(size)
            if (over := self.page.evaluate(WIDE)) > 0:
                self.note(f"{over} px too wide at {size['width']}")
            if cut := self.page.evaluate(CUT):
                self.note(f"buttons too narrow for their text at {size['width']}: {cut}")
            if missing := self.page.evaluate(NO_ICON):
                self.note(f"no such icons: {missing}")
            self.ask_axe(size["width"], scheme)

    def ask_axe(self, width: int, scheme: str) -> None:
        seen = (f"{self.page.url.split('?')[0]} {scheme}", width)
        if seen in checked or "/admin/" in self.page.url:
            return
        checked.add(seen)
        self.page.emulate_media(color_scheme=scheme)
        for violation in Axe().run(self.page).response["violations"]:
            if violation["impact"] in GRAVE:
                nodes = [
                    node["html"][:120] + " " + node.get("failureSummary", "")[:160] for node in violation["nodes"][:2]
                ]
                self.note(f"{violation['id']} at {width} {scheme}: {nodes}")


@pytest.mark.parametrize("role", sorted(Role.values))
def test_pages_of_the_menu(role: str, demo: dict[str, User], come: Any) -> None:
    person = come(role)
    problems = Problems(person.page)
    areas = navigation.for_user(demo[role])
    assert areas
    for url in dict.fromkeys(item["url"] for area in areas for item in area["menu"]):
        person.open(url)
        problems.look()
    assert not problems.found, "\n".join(problems.found)


def addresses(role: str) -> list[str]:
    """Pages below those of the menu, with what the demo has for the role."""
    batch = SettlementBatch.objects.filter(state="paid", lines__gt=0).order_by("-period", "number").first()
    statement = Statement.objects.filter(batch=batch, lines__gt=0).order_by("-paid").first()
    if role == Role.DEALER:
        dealers = DealerUser.objects.filter(user=User.objects.filter(role=role).order_by("pk").first()).values("dealer")
        settled = Statement.objects.filter(dealer__in=dealers, batch__state__in=FROZEN, lines__gt=0)
        statement = settled.order_by("-batch__period").first()
    line = CommissionLine.objects.filter(batch=statement.batch, dealer=statement.dealer).order_by("pk").first()
    dealer, visit = Dealer.objects.filter(code=statement.dealer.code).get(), Visit.objects.order_by("pk").first()
    statements = [
        reverse("commissions:statement", args=[statement.number]),
        reverse("commissions:statement_lines", args=[statement.number]),
        reverse("commissions:line", args=[line.pk]),
        reverse("commissions:dealer_pool", args=[dealer.code]),
        reverse("accounts:password"),
        reverse("core:notices"),
    ]
    if role == Role.DEALER:
        return statements
    number = batch.number
    return [
        *statements,
        *(
            reverse(f"commissions:batch{page}", args=[number])
            for page in ("", "_statements", "_lines", "_unpriced", "_payments")
        ),
        reverse("commissions:policy", args=[CommissionPolicy.objects.get().code]),
        reverse("dealers:detail", args=[dealer.pk]),
        reverse("dealers:edit", args=[dealer.pk]),
        reverse("dealers:account", args=[dealer.pk]),
        reverse("dealers:sign", args=[dealer.pk]),
        reverse("dealers:propose"),
        *(reverse("dealers:proposal", args=[one.pk]) for one in RatingProposal.objects.order_by("pk")[:1]),
        *(reverse("audits:rectification", args=[one.number]) for one in Rectification.objects.order_by("pk")[:1]),
        *(reverse("audits:finding", args=[one.pk]) for one in Finding.objects.order_by("pk")[:1]),
        *(reverse("audits:notice", args=[one.number]) for one in ViolationNotice.objects.order_by("pk")[:1]),
        reverse("audits:visit", args=[visit.pk]),
        reverse("inventory:card", args=[Card.objects.order_by("serial").first().serial]),
        reverse("imports:new"),
        reverse("imports:kind", args=["sales"]),
        reverse("core:search") + "?q=" + dealer.code,
    ]


@pytest.mark.parametrize("role", [Role.CITY_MANAGER.value, Role.DEALER.value])
def test_pages_below(role: str, come: Any) -> None:
    urls = addresses(role)
    person = come(role)
    problems = Problems(person.page)
    for url in urls:
        person.open(url)
        problems.look()
    assert not problems.found, "\n".join(problems.found)


def test_the_dark_look(come: Any) -> None:
    urls = addresses(Role.CITY_MANAGER)
    person = come(Role.CITY_MANAGER)
    person.page.emulate_media(color_scheme="dark")
    problems = Problems(person.page)
    for url in ["/", "/commissions/", "/dealers/", urls[0], urls[6]]:
        person.open(url)
        problems.look(scheme="dark")
    assert not problems.found, "\n".join(problems.found)


def test_the_pages_of_the_pictures(come: Any, demo: dict[str, User]) -> None:
    dealer = demo["dealer"].dealer_link.dealer
    own = Statement.objects.filter(dealer=dealer, batch__state="paid").order_by("-batch__period").first()
    paid = SettlementBatch.objects.filter(state="paid").order_by("-period", "-gross").first()
    waiting = SettlementBatch.objects.filter(state="reviewed").order_by("-period", "-gross").first()
    policy = CommissionPolicy.objects.get()
    clerk = come("finance_clerk")
    picture(clerk.open("/").page, "dashboard-finance")
    picture(clerk.open("/commissions/").page, "batches")
    picture(clerk.open(f"/commissions/batches/{paid.number}/").page, "batch-detail", height=1100)
    picture(clerk.open("/reports/effectiveness/").page, "effectiveness", height=1000)
    approver = come("finance_approver")
    if waiting:
        picture(approver.open(f"/commissions/batches/{waiting.number}/approve/").page, "approval")
    picture(come("county_supervisor").open(f"/dealers/{dealer.pk}/").page, "dealer-page", height=1000)
    picture(come("administrator").open(f"/admin/commissions/commissionpolicy/{policy.pk}/change/").page, "admin-policy")
    shop = come("dealer", "phone")
    picture(shop.open(f"/commissions/statements/{own.number}/").page, "statement-phone")
    shop.main.locator("#groups summary").first.click()
    shop.main.locator(".line-why").first.click()
    shop.main.locator(".explain").first.scroll_into_view_if_needed()
    picture(shop.page, "line-why-phone")
    manager = come("channel_manager", "phone")
    picture(manager.open("/").page, "manager-home-phone")
    picture(manager.open("/dealers/").page, "manager-dealers-phone")
