"""Whoever follows a link that a page shows arrives: nobody is offered what is closed to him."""

import re
from collections import deque
from datetime import timedelta
from html import unescape
from urllib.parse import urljoin, urlsplit
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import resolve

from accounts.roles import Role
from audits.models import Finding, Inspection, Visit
from inventory.models import StockMovement
from tests.sweep import world as worlds
from tests.sweep.world import AT

pytestmark = pytest.mark.django_db

LINK = re.compile(r'<a\b[^>]*\bhref="([^"#]+)')
# One of each kind of page is looked at with these: what follows from the same view is alike.
OF_A_KIND = 2


def add_what_only_links_show(world: worlds.World) -> None:
    """Pages whose links go beyond what their reader may open: an inspector's visit, a use of material."""
    things, users = world.x, world.users
    visit = Visit.objects.create(
        dealer=things.dealer,
        manager=users["inspector"],
        kind="spot_check",
        regime="authorised",
        template=things.visit.template,
        checklist=things.visit.checklist,
        checked_in_at=AT,
        checked_out_at=AT + timedelta(hours=1),
        state="done",
        client_id=uuid4(),
    )
    Inspection.objects.filter(pk=things.inspection.pk).update(visit=visit)
    Finding.objects.create(visit=visit, dealer=things.dealer, category="display", text="Seen", found_at=AT)
    StockMovement.objects.create(
        number="M-USE",
        kind="use",
        origin=things.node,
        plan_item=things.plan_item,
        reason="开业",
        made_by=users["keeper"],
        made_at=AT,
    )


@pytest.mark.parametrize("role", sorted(Role.values))
def test_every_link_leads_somewhere(role: str) -> None:
    world = worlds.build()
    add_what_only_links_show(world)
    client = Client()
    client.force_login(world.users[role])
    waiting: deque[tuple[str, str]] = deque([("/", "start")])
    known, kinds, closed = {"/"}, dict[str, int](), []
    while waiting:
        path, shown_on = waiting.popleft()
        view = resolve(urlsplit(path).path).view_name
        if kinds.get(view, 0) >= OF_A_KIND:
            continue
        kinds[view] = kinds.get(view, 0) + 1
        answer = client.get(path)
        if answer.status_code not in (200, 302):
            closed.append(f"{shown_on} → {path}: {answer.status_code}")
        if answer.status_code != 200 or answer.streaming or "html" not in answer["Content-Type"]:
            continue
        for found in LINK.findall(answer.content.decode()):
            to = urljoin(path, unescape(found))
            if to.startswith("/") and to not in known and not to.startswith(("/static/", "/admin/", "/media/")):
                known.add(to)
                waiting.append((to, path))
    assert sum(kinds.values()) > 3
    assert not closed, "\n".join(closed)
