"""The pages of the frame itself: first page, search, notices."""

from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import dashboard, search
from core.models import Notice
from core.views.base import ANYONE_SIGNED_IN, PortalMixin, PortalPage, is_htmx, may, one_or_404

NOTICES = 100


class Home(PortalPage):
    """What waits for the reader, then panels of figures."""

    permission = ANYONE_SIGNED_IN
    title = gettext_lazy("Dashboard")
    area = "dashboard"
    template_name = "portal/dashboard.html"

    def get_context(self, **context: Any) -> dict[str, Any]:
        user = self.request.user
        return super().get_context(
            waiting=dashboard.waiting_for(self.request, may),
            panels=dashboard.panels_for(user, may),
            **context,
        )


class Search(PortalMixin):
    """Finds dealers, batches, serials and whatever else apps registered."""

    permission = ANYONE_SIGNED_IN
    title = gettext_lazy("Search")
    area = "search"
    template_name = "portal/search.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        text = request.GET.get("q", "")[:80].replace("\x00", "")
        groups = search.find(request.user, text, may)
        template = "components/search_hits.html" if is_htmx(request) else ""
        return self.render(template, text=text, groups=groups, too_short=len(text.strip()) < search.SHORTEST)


class Notices(PortalPage):
    """The newest notices; opening one marks it as read."""

    permission = ANYONE_SIGNED_IN
    title = gettext_lazy("Notices")
    area = "notices"
    template_name = "portal/notices.html"

    def get_context(self, **context: Any) -> dict[str, Any]:
        notices = list(Notice.objects.visible_to(self.request.user).order_by("-at")[:NOTICES])
        return super().get_context(
            notices=[(notice, in_words(notice)) for notice in notices],
            any_unread=any(notice.read_at is None for notice in notices),
            **context,
        )


class OpenNotice(PortalMixin):
    """Marks a notice as read and goes where it leads; without `pk` marks all."""

    permission = ANYONE_SIGNED_IN
    http_method_names = ["post"]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        mine = Notice.objects.visible_to(request.user)
        if "pk" not in kwargs:
            mine.filter(read_at=None).update(read_at=timezone.now())
            return self.go("/notices/")
        notice = one_or_404(mine, pk=kwargs["pk"])
        mine.filter(pk=notice.pk, read_at=None).update(read_at=timezone.now())
        local = url_has_allowed_host_and_scheme(notice.url, None)
        return self.go(notice.url if notice.url and local else "/notices/")


def in_words(notice: Notice) -> str:
    """The notice in the reader's language; its text as it stands if a value is missing."""
    text = _(notice.text)
    try:
        return text % notice.params if notice.params else text
    except (KeyError, TypeError, ValueError):
        return text
