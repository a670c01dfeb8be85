"""The import pages: history, a new file, what was found in it, apply, and the files to download."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any
from urllib.parse import quote

import django_filters
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.urls import reverse, reverse_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core import exports
from core.imports import errorfile, registry, runs, templates
from core.imports.forms import ImportForm, grouped, kinds_for
from core.imports.spec import Kind
from core.models import ImportRun
from core.tables import Column, Table
from core.views import (
    Action,
    Crumb,
    Figure,
    PortalActionView,
    PortalDetailView,
    PortalFormView,
    PortalListView,
    PortalMixin,
    one_or_404,
)

VIEW = "view_imports"
LIST = Crumb(_("Imports"), reverse_lazy("imports:list"))


def visible(user: Any) -> Any:
    """The imports of the user's units, and his own, also before he has a unit."""
    return ImportRun.objects.visible_to(user) | ImportRun.objects.filter(by=user)


def kind_label(run: ImportRun) -> str:
    """The kind's label; its bare name if the kind is gone."""
    try:
        return str(registry.get(run.kind).label)
    except KeyError:
        return run.kind


IMPORTS = Table(
    Column("file_name", _("File"), link=lambda run: reverse("imports:detail", args=[run.pk]), card="title", wrap=True),
    Column("kind", _("Kind of file"), value=kind_label, sort="kind", card="fact"),
    Column("state", _("State"), kind="badge", states=ImportRun.machine, sort=True, card="state"),
    Column("rows", _("Rows"), kind="number", sort=True, card="fact"),
    Column("accepted", _("Accepted"), kind="number", sort=True),
    Column("unchanged", _("Unchanged"), kind="number", sort=True),
    Column("rejected", _("Rejected"), kind="number", sort=True, card="fact"),
    Column("by", _("By"), value=lambda run: str(run.by) if run.by else gettext("System")),
    Column("created_at", _("When"), kind="datetime", sort=True),
    sort="-created_at",
)


class ImportFilter(django_filters.FilterSet):
    kind = django_filters.ChoiceFilter(
        label=_("Kind of file"), choices=lambda: [(kind.name, kind.label) for kind in registry.kinds()]
    )
    state = django_filters.ChoiceFilter(label=_("State"), choices=ImportRun.machine.choices)
    file_name = django_filters.CharFilter(label=_("File"), lookup_expr="icontains")

    class Meta:
        model = ImportRun
        fields = ["kind", "state", "file_name"]


class ImportList(PortalListView):
    """Who loaded what, when, and what became of it."""

    permission = VIEW
    title = _("Imports")
    area = "system"
    table = IMPORTS
    filterset_class = ImportFilter
    empty_text = _("No files have been imported yet.")
    primary_action = Action(_("Import a file"), reverse_lazy("imports:new"), permission=VIEW, icon="upload")
    empty_action = primary_action

    def get_rows(self, user: Any) -> Any:
        return visible(user).select_related("by")


class NewImport(PortalFormView):
    """Choose the kind and the file; the checks begin at once."""

    permission = VIEW
    title = _("Import a file")
    area = "system"
    template_name = "imports/new.html"
    form_class = ImportForm
    submit_label = _("Check the file")
    breadcrumbs = (LIST,)

    def get_form_kwargs(self) -> dict[str, Any]:
        return {"user": self.request.user, "initial": {"kind": self.request.GET.get("kind", "")}}

    def perform(self, form: Any) -> str:
        kind = registry.get(form.cleaned_data["kind"])
        run = runs.upload(kind=kind, file=form.cleaned_data["file"], user=self.request.user)
        return reverse("imports:detail", args=[run.pk])

    def get_context(self, **context: Any) -> dict[str, Any]:
        return super().get_context(groups=grouped(kinds_for(self.request.user)), **context)


class _OneRun:
    def get_rows(self, user: Any) -> Any:
        return visible(user).select_related("by", "job")


class ImportPage(_OneRun, PortalDetailView):
    """What was recognised in a file, what is wrong with it, and what to do next."""

    permission = VIEW
    area = "system"
    template_name = "imports/detail.html"
    breadcrumbs = (LIST,)
    with_timeline = False

    def get_title(self) -> str:
        return str(self.object.file_name)

    def get_subtitle(self) -> str:
        return kind_label(self.object)

    def get_figures(self) -> Sequence[Figure]:
        run = self.object
        if run.state in ("uploaded", "checking", "applying") or run.message:
            return ()
        accepted = _("To be loaded") if run.state == "checked" else _("Loaded")
        return (
            Figure(_("Rows"), run.rows, kind="number"),
            Figure(accepted, run.accepted, kind="number"),
            Figure(_("Unchanged"), run.unchanged, kind="number", hint=_("already there, equal")),
            Figure(_("Rejected"), run.rejected, kind="number"),
        )

    def get_primary_action(self) -> Action | None:
        run = self.object
        if run.state != "checked" or run.by_id != self.request.user.pk or not run.accepted:
            return None
        words = _("Load the good rows") if run.rejected else _("Load")
        return Action(words, reverse("imports:apply", args=[run.pk]), icon="check", post=not run.rejected)

    def get_actions(self) -> Sequence[Action]:
        again = reverse("imports:new") + f"?kind={quote(self.object.kind)}"
        return (Action(_("Another file"), again, permission=VIEW, icon="upload"),)

    def get_context(self, **context: Any) -> dict[str, Any]:
        run = self.object
        try:
            kind: Kind | None = registry.get(run.kind)
        except KeyError:
            kind = None
        return super().get_context(
            kind=kind,
            errors=runs.described(kind, run.errors) if kind else [],
            before=runs.same_file(run) if run.state in ("checked", "checking") else None,
            nothing_new=run.state == "checked" and not run.accepted and not run.rejected,
            **context,
        )


class ApplyImport(_OneRun, PortalActionView):
    """Load a checked file."""

    permission = VIEW
    title = _("Load the good rows")
    area = "system"
    submit_label = _("Load")

    def get_breadcrumbs(self) -> Sequence[Crumb]:
        return (LIST, Crumb(self.object.file_name, reverse("imports:detail", args=[self.object.pk])))

    def get_effects(self) -> Sequence[str]:
        run = self.object
        effects = [gettext("%(count)s rows are loaded.") % {"count": run.accepted}]
        if run.rejected:
            effects.append(
                gettext("%(count)s rejected rows are left out; their file can be corrected and loaded later.")
                % {"count": run.rejected}
            )
        return effects

    def perform(self, *, form: Any) -> str:
        runs.apply(run=self.object, user=self.request.user, partial=self.object.rejected > 0)
        return reverse("imports:detail", args=[self.object.pk])


class Rejected(_OneRun, PortalMixin):
    """The rejected rows with their reasons, to be corrected and loaded again."""

    permission = VIEW

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        run = one_or_404(self.get_rows(request.user), pk=kwargs["pk"])
        path = runs.folder() / run.error_file
        if not run.error_file or not path.is_file() or kwargs["form"] not in ("csv", "xlsx"):
            raise Http404
        kind = _kind_or_404(run.kind)
        name = f"{run.file_name.rsplit('.', 1)[0]}-{gettext('rejected')}.{kwargs['form']}"
        if kwargs["form"] == "xlsx":
            return _download(name, errorfile.xlsx(kind, path), exports.XLSX_TYPE)
        response = StreamingHttpResponse(errorfile.csv_parts(kind, path), content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
        return response


class KindPage(PortalMixin):
    """The columns of one kind of file."""

    permission = VIEW
    area = "system"
    template_name = "imports/kind.html"
    breadcrumbs = (LIST,)

    @cached_property
    def kind(self) -> Kind:
        return _kind_or_404(self.kwargs["kind"])

    def get_title(self) -> str:
        return str(self.kind.label)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        columns = [
            {"column": column, "form": templates.form(column), "remark": templates.remark(column)}
            for column in self.kind.columns
        ]
        return self.render(kind=self.kind, columns=columns, notes=templates.general_notes(self.kind))


class Template(PortalMixin):
    """The empty workbook of one kind."""

    permission = VIEW

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        kind = _kind_or_404(kwargs["kind"])
        if kind.json:
            raise Http404
        return _download(f"{kind.label}.xlsx", templates.template(kind), exports.XLSX_TYPE)


def _kind_or_404(name: str) -> Kind:
    try:
        return registry.get(name)
    except KeyError as error:
        raise Http404 from error


def _download(name: str, content: bytes, content_type: str) -> HttpResponse:
    response = HttpResponse(content, content_type=content_type)
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    return response
