"""What the pages of one numbered document have in common."""

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

from core.views import Crumb, one_or_404


class OfDocument:
    """The document of the address, among `documents(user)`; set `list_crumb` and `url_of`."""

    area = "stock"
    lookup = "number"
    list_crumb: Callable[[], Crumb]
    url_of: Callable[[Any], str]
    request: Any
    kwargs: Any

    def documents(self, user: Any) -> Any:
        """Those that `user` may see."""
        raise NotImplementedError

    def get_rows(self, user: Any) -> Any:
        return self.documents(user)

    @cached_property
    def object(self) -> Any:
        return one_or_404(self.documents(self.request.user), number=self.kwargs["number"])

    def get_breadcrumbs(self) -> Sequence[Crumb]:
        return (type(self).list_crumb(), Crumb(self.object.number, self.get_back_url()))

    def get_back_url(self) -> str:
        return type(self).url_of(self.object)
