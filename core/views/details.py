"""Detail pages: name, state and key figures, sections, and who did what."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.http import HttpRequest, HttpResponseBase

from core import formats
from core.models import Transition
from core.views.base import PortalMixin, Text, one_or_404


@dataclass(frozen=True)
class Figure:
    """A key figure: `kind` as in core.formats, `hint` below it (against what, since when)."""

    label: Text
    value: Any
    kind: str = "text"
    hint: Text = ""
    url: str = ""
    unit: Text = ""

    def html(self) -> str:
        if self.kind == "money":
            return formats.money(self.value, sign="¥")
        return formats.show(self.kind, self.value)


@dataclass(frozen=True)
class Section:
    """A part of the page: a template, or an address that loads by itself (a fragment of another app)."""

    title: Text
    template: str = ""
    url: str = ""
    anchor: str = ""


@dataclass(frozen=True)
class Step:
    """One entry of a timeline."""

    label: str
    by: str
    at: Any
    reason: str = ""
    colour: str = "grey"


class PortalDetailView(PortalMixin):
    """A page about one object. Set `permission`, `get_rows`, and what it shows.

    The object is looked up among `get_rows(user)` by `lookup` from the address, so that
    one outside the scope is not found.
    """

    template_name = "portal/detail.html"
    lookup = "pk"
    subtitle: Text = ""
    sections: Sequence[Section] = ()
    with_timeline = True

    def get_rows(self, user: Any) -> Any:
        """The rows that `user` may see."""
        raise NotImplementedError

    @cached_property
    def object(self) -> Any:
        return one_or_404(self.get_rows(self.request.user), **{self.lookup: self.kwargs[self.lookup]})

    def get_title(self) -> Text:
        return self.title or str(self.object)

    def get_subtitle(self) -> Text:
        return self.subtitle

    def get_state(self) -> Any:
        """The state for the badge; by default that of the object's machine."""
        machine = getattr(type(self.object), "machine", None)
        return machine.state(self.object.state) if machine else None

    def get_figures(self) -> Sequence[Figure]:
        """Four key figures at most."""
        return ()

    def get_sections(self) -> Sequence[Section]:
        return self.sections

    def get_timeline(self) -> Iterable[Step]:
        return timeline(self.object)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return self.render()

    def get_context(self, **context: Any) -> dict[str, Any]:
        return super().get_context(
            object=self.object,
            subtitle=self.get_subtitle(),
            state=self.get_state(),
            figures=self.get_figures(),
            sections=self.get_sections(),
            timeline=self.get_timeline() if self.with_timeline else (),
            **context,
        )


def timeline(*objects: Any) -> list[Step]:
    """What was done to `objects`, newest first, in words and colours of their machines."""
    if not objects:
        return []
    machine = getattr(type(objects[0]), "machine", None)
    rows = (
        Transition.objects.filter(subject_type=objects[0]._meta.label_lower, subject_id__in=[one.pk for one in objects])
        .select_related("by")
        .order_by("-at", "-pk")
    )
    return [
        Step(
            label=str(machine.actions.get(row.action, row.action) if machine else row.action),
            by=str(row.by or ""),
            at=row.at,
            reason=row.reason,
            colour=_colour(machine, row.after),
        )
        for row in rows
    ]


def _colour(machine: Any, state: str) -> str:
    found = next((one for one in machine.states if one.name == state), None) if machine else None
    return found.colour if found else "grey"
