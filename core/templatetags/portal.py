"""The parts that pages are made of: `{% load portal %}`. Examples are in docs/screens.md."""

from typing import Any

from django import template
from django.forms import BoundField, CheckboxInput, CheckboxSelectMultiple, RadioSelect, Select
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from core import formats
from core.charts import Chart
from core.views.base import Action, may, with_query

register = template.Library()

# The choices that mean no choice.
NONE_CHOSEN = ("", "unknown")

register.filter("money", formats.money)
register.filter("number", formats.number)
register.filter("percent", formats.percent)
register.filter("day", formats.day)
register.filter("month", formats.month)
register.filter("moment", formats.moment)
register.filter("ago", formats.ago)
register.filter("masked", formats.masked)
register.filter("orabsent", formats.text)


@register.filter
def yuan(value: Any) -> SafeString:
    """¥1,234.50: money outside tables, where no column head names the unit."""
    return formats.money(value, sign="¥")


@register.filter
def lookup(mapping: Any, key: Any) -> Any:
    """`mapping[key]`, or '' if it is not there."""
    return mapping.get(key, "")


@register.simple_tag
def icon(name: str, label: str = "", css: str = "") -> SafeString:
    """An icon of the sprite; with `label` it is read aloud, without it is decoration."""
    sprite = static("portal/icons.svg")
    if label:
        return format_html(
            '<svg class="icon {}" role="img" aria-label="{}"><use href="{}#{}"/></svg>', css, label, sprite, name
        )
    return format_html('<svg class="icon {}" aria-hidden="true"><use href="{}#{}"/></svg>', css, sprite, name)


@register.simple_tag
def badge(state: Any) -> SafeString:
    """A state with its word and colour."""
    return formats.badge(state)


@register.simple_tag
def state_of(obj: Any) -> SafeString:
    """The badge of an object that has a machine."""
    return formats.badge(type(obj).machine.state(obj.state))


@register.simple_tag(takes_context=True)
def can(context: Any, *permissions: str) -> bool:
    """Whether the user holds one of the permissions (their values): `{% can "settle" as may_settle %}`."""
    user = context["request"].user
    return user.is_authenticated and may(user, permissions)


@register.simple_tag(takes_context=True)
def query(context: Any, **changes: Any) -> str:
    """The present address's query with some keys replaced or removed (None)."""
    return with_query(context["request"].GET, **changes)


@register.inclusion_tag("components/figure.html")
def figure(label: str, value: Any, kind: str = "text", hint: str = "", url: str = "") -> dict[str, Any]:
    """A key figure."""
    shown = formats.money(value, sign="¥") if kind == "money" else formats.show(kind, value)
    return {"label": label, "shown": shown, "hint": hint, "url": url}


@register.inclusion_tag("components/empty.html")
def empty(text: str, action: Action | None = None, symbol: str = "inbox") -> dict[str, Any]:
    """Why there is nothing and what to do."""
    return {"text": text, "action": action, "symbol": symbol}


@register.inclusion_tag("components/action.html", takes_context=True)
def action(context: Any, one: Action, primary: bool = False) -> dict[str, Any]:
    """A button or link for an Action, if the user may."""
    shown = one.for_user(context["request"].user)
    return {"action": one, "shown": shown, "primary": primary, "csrf_token": context.get("csrf_token")}


@register.inclusion_tag("components/progress.html")
def progress(job: Any, plain: bool = False) -> dict[str, Any]:
    """A job's progress bar; refreshes by itself while the job is active."""
    return {"job": job, "plain": plain, "state": type(job).machine.state(job.state)}


@register.inclusion_tag("components/timeline.html")
def timeline(steps: Any) -> dict[str, Any]:
    """Who did what: a sequence of core.views.Step."""
    return {"steps": steps}


@register.inclusion_tag("components/chart.html")
def chart(one: Chart) -> dict[str, Any]:
    """A chart with its table behind it."""
    return {"chart": one, "data": one.data(), "data_id": f"chart-{one.key}-data"}


@register.inclusion_tag("components/fragment.html")
def fragment(url: str, label: str = "") -> dict[str, Any]:
    """A part of the page that another view renders: loads by itself, a link without JavaScript."""
    return {"url": url, "label": label}


@register.inclusion_tag("components/form_fields.html")
def form_fields(form: Any, columns: int = 1) -> dict[str, Any]:
    """All fields with labels, help and errors, and the errors summed up on top."""
    return {"form": form, "columns": columns, "errors": _errors(form)}


@register.inclusion_tag("components/form_errors.html")
def form_errors(form: Any) -> dict[str, Any]:
    """The errors of a form summed up, each with a link to its field."""
    return {"errors": _errors(form)}


@register.inclusion_tag("components/field.html")
def field(bound: BoundField, unit: str = "", small: bool = False) -> dict[str, Any]:
    """One field: label above, unit behind, help below, errors at the field."""
    widget = bound.field.widget
    if isinstance(widget, RadioSelect | CheckboxSelectMultiple):
        kind = "group"
    elif isinstance(widget, CheckboxInput):
        kind = "check"
    else:
        kind = "input"
    return {
        "bound": bound,
        "kind": kind,
        "unit": unit or getattr(bound.field, "unit", ""),
        "small": small,
        "control": _control(bound, kind, small),
        "marked": bound.field.required and not small and kind != "check",
    }


def _control(bound: BoundField, kind: str, small: bool) -> SafeString:
    if kind == "group":
        return bound.as_widget()
    widget = bound.field.widget
    if kind == "check":
        css = "form-check-input"
    elif isinstance(widget, Select):
        css = "form-select"
        if small:
            widget.choices = [("", _("Any")) if key in NONE_CHOSEN else (key, label) for key, label in widget.choices]
    else:
        css = "form-control"
    if bound.errors:
        css += " is-invalid"
    attrs: dict[str, Any] = {"class": f"{widget.attrs.get('class', '')} {css}".strip()}
    described = [f"{bound.auto_id}-{part}" for part in ("help", "errors") if _has(bound, part)]
    if described:
        attrs["aria-describedby"] = " ".join(described)
    if bound.errors:
        attrs["aria-invalid"] = "true"
    return bound.as_widget(attrs=attrs)


def _has(bound: BoundField, part: str) -> bool:
    return bool(bound.help_text if part == "help" else bound.errors)


def _errors(form: Any) -> list[tuple[str, str, str]]:
    """(field id, label, message) of every error; the form's own errors come first, without a field."""
    if form is None or not form.is_bound:
        return []
    own = [("", "", str(message)) for message in form.non_field_errors()]
    fields = [(bound.auto_id, str(bound.label), str(message)) for bound in form for message in bound.errors]
    return own + fields
