"""Every address of the portal, found by walking the URLconf, and what its view says about itself."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, get_resolver, reverse

WRITES = ("post", "put", "patch", "delete")


@dataclass(frozen=True)
class Route:
    """One address. `name` is `namespace:name`, or the pattern where it has none."""

    name: str
    pattern: str
    callback: Any
    kwargs: tuple[str, ...]

    def __str__(self) -> str:
        return self.name

    @property
    def view(self) -> Any:
        """The view class; None for plain functions (the admin's)."""
        return getattr(self.callback, "view_class", None) or getattr(self.callback, "cls", None)

    @property
    def actions(self) -> dict[str, str]:
        return getattr(self.callback, "actions", None) or {}

    @property
    def methods(self) -> set[str]:
        """What the view answers to; a plain function is thought to answer to both."""
        if self.actions:
            return set(self.actions) & {"get", *WRITES}
        if self.view is None:
            return {"get", "post"}
        allowed = set(getattr(self.view, "http_method_names", ("get", *WRITES)))
        return {method for method in ("get", *WRITES) if method in allowed and hasattr(self.view, method)}

    def permission(self, method: str) -> Any:
        """What the view asks for with that method, as it declares it; None if it declares nothing."""
        given = getattr(self.callback, "view_initkwargs", None) or getattr(self.callback, "initkwargs", None) or {}
        view = self.view
        own = getattr(view, "permissions", {}).get(self.actions.get(method, method)) if view else None
        if own is not None:
            return own
        if method in WRITES and self.actions:
            return getattr(getattr(view, self.actions[method]), "kwargs", {}).get("permission")
        return given.get("permission", getattr(view, "permission", None))

    def url(self, kwargs: dict[str, Any]) -> str:
        return reverse(self.name, kwargs=kwargs)


def routes() -> list[Route]:
    """All of them; where two patterns have one name, the one with more in its address first."""
    return list(_walk(get_resolver(), "", ()))


def _walk(resolver: Any, prefix: str, spaces: tuple[str, ...]) -> Iterator[Route]:
    for entry in resolver.url_patterns:
        pattern = f"{prefix}{entry.pattern}"
        if isinstance(entry, URLPattern):
            name = ":".join([*spaces, entry.name]) if entry.name else pattern
            yield Route(name, pattern, entry.callback, tuple(entry.pattern.regex.groupindex))
        else:
            yield from _walk(entry, pattern, (*spaces, entry.namespace) if entry.namespace else spaces)
