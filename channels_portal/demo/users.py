"""The demo's people: one for each role, supervisors and channel managers in every county, some dealers.

All have the same password: this is a demo on the reader's own machine, and refused in production.
"""

import os
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction

from accounts.models import OrgUnit, User
from channels_portal.demo import words
from channels_portal.demo.plan import Plan
from channels_portal.demo.units import Unit
from core.pinyin import pinyin_key
from dealers.models import Dealer, DealerUser

PASSWORD_VARIABLE = "PORTAL_DEMO_PASSWORD"  # noqa: S105 - the name of a variable
CITY = "5326"
DEALERS_SHOWN = 3  # dealers of the first county that have a user; of each other county one

STAFF = (
    ("admin", "系统管理员", "administrator", "53"),
    ("city", "王建国", "city_manager", CITY),
    ("city2", "李文华", "city_manager", CITY),
    ("clerk", "赵丽萍", "finance_clerk", CITY),
    ("approver", "周志强", "finance_approver", CITY),
    ("keeper", "何永福", "keeper", CITY),
    ("auditor", "徐敏", "auditor", CITY),
    ("inspector", "陈静", "inspector", CITY),
)


@dataclass(frozen=True)
class Person:
    username: str
    name: str
    role: str
    unit: str
    dealer: str = ""


def password() -> str:
    """The password of all demo users: PORTAL_DEMO_PASSWORD, or the one in docs/demo-data.md."""
    return os.environ.get(PASSWORD_VARIABLE, "") or "wenshan-2026"


def roster(plan: Plan, units: list[Unit]) -> list[Person]:
    """Everybody, the roles first; the same for all scales except for the number of channel managers."""
    chance = plan.chance("users")

    def name() -> str:
        return str(chance.choice(words.SURNAMES)) + str(chance.choice(words.GIVEN_NAMES))

    people = [Person(*row) for row in STAFF]
    for city in units:
        if city.level == "city" and city.code != CITY:
            first, second = city_managers(city.code)
            people += [
                Person(first, name(), "city_manager", city.code),
                Person(second, name(), "city_manager", city.code),
            ]
            people.append(Person(at_city("clerk", city.code), name(), "finance_clerk", city.code))
            people.append(Person(at_city("approver", city.code), name(), "finance_approver", city.code))
    counties = [unit for unit in units if unit.level == "county"]
    people += [Person(f"sup.{place(county)}", name(), "county_supervisor", county.code) for county in counties]
    for county in counties:
        for number in range(1, managers_of(plan, len(counties)) + 1):
            people.append(Person(f"mgr.{place(county)}{number}", name(), "channel_manager", county.code))
    for county in counties:
        for number in range(1, DEALERS_SHOWN + 1 if county is counties[0] else 2):
            code = f"QD{county.code}{number:04d}"
            people.append(Person(f"dealer.{place(county)}{number}", "", "dealer", county.code, code))
    return people


def at_city(role: str, city: str) -> str:
    """The user name of a city's `clerk` or `approver`."""
    return role if city == CITY else f"{role}.{city}"


def city_managers(city: str) -> tuple[str, str]:
    """The user names of a city's two managers: one reviews and proposes, the other publishes."""
    return at_city("city", city), at_city("city2", city)


def managers_of(plan: Plan, counties: int) -> int:
    """How many channel managers each county has."""
    return max(2, round(plan.scale.dealers / counties / plan.scale.managers))


def place(county: Unit) -> str:
    """The county's name in user names: `wenshan`; with its code where another prefecture could have the same."""
    name = pinyin_key(words.short(county.name)).split()[0]
    return name if county.code.startswith(CITY) else f"{name}{county.code[-4:]}"


@transaction.atomic
def create(people: list[Person]) -> dict[str, User]:
    """Those who are missing; all by user name. The units must be there."""
    units = OrgUnit.objects.in_bulk({one.unit for one in people}, field_name="code")
    known = {user.username: user for user in User.objects.filter(username__in=[one.username for one in people])}
    encoded = make_password(password())
    fresh = [
        User(
            username=one.username,
            name=one.name or "店主",
            role=one.role,
            org_unit=units[one.unit],
            password=encoded,
        )
        for one in people
        if one.username not in known
    ]
    return known | {user.username: user for user in User.objects.bulk_create(fresh)}


@transaction.atomic
def link_dealers(people: list[Person], users: dict[str, User]) -> None:
    """Connect dealers' users with their dealers, by whose owner's name they go."""
    dealers = Dealer.objects.in_bulk([one.dealer for one in people if one.dealer], field_name="code")
    linked = set(DealerUser.objects.filter(dealer__in=dealers.values()).values_list("user_id", flat=True))
    for one in people:
        user = users[one.username]
        if one.dealer and one.dealer in dealers and user.pk not in linked:
            dealer = dealers[one.dealer]
            DealerUser.objects.create(user=user, dealer=dealer)
            user.name, user.org_unit_id = dealer.contact_name, dealer.org_unit_id
            user.save(update_fields=["name", "org_unit"])


def listed(people: list[Person]) -> list[dict[str, Any]]:
    """Those who can still sign in with the demo's password, as `demo_users` shows them."""
    usernames = {one.username for one in people}
    users = User.objects.filter(username__in=usernames, is_active=True).select_related(
        "org_unit", "dealer_link__dealer"
    )
    found = {user.username: user for user in users}
    good = {encoded for encoded in {user.password for user in users} if check_password(password(), encoded)}
    return [
        {
            "username": user.username,
            "name": user.name,
            "role": user.role,
            "unit": user.dealer_link.dealer.name if hasattr(user, "dealer_link") else str(user.org_unit or ""),
            "password": password(),
        }
        for one in people
        if (user := found.get(one.username)) is not None and user.password in good
    ]
