"""Checklists and the consequences of violations; a look at visits and violations."""

from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import StackedInline, TabularInline

from audits.models import (
    ChecklistQuestion,
    ChecklistSection,
    ChecklistTemplate,
    Finding,
    Violation,
    ViolationType,
    Visit,
)
from core.admin import GlobalAdmin, ReadOnlyAdmin


class SectionInline(TabularInline):
    model = ChecklistSection
    extra = 0
    show_change_link = True


class QuestionInline(StackedInline):
    model = ChecklistQuestion
    extra = 0


@admin.register(ChecklistTemplate)
class ChecklistTemplateAdmin(GlobalAdmin):
    """What is looked at on a visit. A visit keeps its own copy, so an edit changes no earlier one."""

    list_display = ("name", "visit_regime", "visit_kind", "valid_from", "valid_to")
    list_filter = ("visit_regime", "visit_kind")
    inlines = (SectionInline,)
    ordering = ("name", "valid_from")


@admin.register(ChecklistSection)
class ChecklistSectionAdmin(GlobalAdmin):
    """The questions of one part of a checklist."""

    list_display = ("title", "template", "position", "category")
    list_select_related = ("template",)
    list_filter = ("template",)
    inlines = (QuestionInline,)
    ordering = ("template", "position")


@admin.register(ViolationType)
class ViolationTypeAdmin(GlobalAdmin):
    """What a breach costs. The types themselves are fixed."""

    list_display = ("code", "multiplier", "suspends_pool")
    ordering = ("code",)

    def get_readonly_fields(self, request: HttpRequest, obj: ViolationType | None = None) -> tuple[str, ...]:
        return ("code",) if obj else ()

    def has_delete_permission(self, request: HttpRequest, obj: ViolationType | None = None) -> bool:
        return False


@admin.register(Violation)
class ViolationAdmin(ReadOnlyAdmin):
    list_display = ("reference", "dealer", "type", "occurred_on", "confirmed_on")
    list_select_related = ("dealer", "type")
    list_filter = ("type",)
    search_fields = ("reference", "dealer__code", "dealer__name")
    ordering = ("-occurred_on",)


@admin.register(Visit)
class VisitAdmin(ReadOnlyAdmin):
    list_display = ("dealer", "manager", "kind", "state", "checked_in_at", "checked_out_at", "score")
    list_select_related = ("dealer", "manager")
    list_filter = ("kind", "state")
    search_fields = ("dealer__code", "dealer__name", "manager__username")
    ordering = ("-checked_in_at",)


@admin.register(Finding)
class FindingAdmin(ReadOnlyAdmin):
    list_display = ("text", "dealer", "category", "state", "found_at")
    list_select_related = ("dealer",)
    list_filter = ("category", "state")
    search_fields = ("dealer__code", "dealer__name")
    ordering = ("-found_at",)
