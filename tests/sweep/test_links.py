"""Whoever follows a link that a page shows arrives: nobody is offered what is closed to him."""

import re
from collections import deque
from html import unescape
from urllib.parse import urljoin, urlsplit

import pytest
from django.test import Client
from django.urls import resolve

from accounts.roles import Role
from tests.sweep import world as worlds

pytestmark = pytest.mark.django_db

LINK = re.compile(r'<a\b[^>]*\bhref="([^"#]+)')
MOST = 150
# One of each kind of page is looked at with these: what follows from the same view is alike.
OF_A_KIND = 2


@pytest.mark.parametrize("role", sorted(Role.values))
def test_every_link_leads_somewhere(role: str) -> None:
    world = worlds.build()
    client = Client()
    client.force_login(world.users[role])
    waiting: deque[tuple[str, str]] = deque([("/", "start")])
    known, kinds, closed = {"/"}, dict[str, int](), []
    while waiting and len(known) < 5000 and sum(kinds.values()) < MOST:
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
