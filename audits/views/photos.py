"""Photos of a visit: taking them, showing them, taking them away."""

import io
from typing import Any

from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponseBase, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from PIL import Image

from audits.forms import PhotoForm
from audits.queries import visits as queries
from audits.services import guard
from audits.services import visit as visits
from audits.views.common import SEES_VISITS, OfVisit
from core.clock import now
from core.errors import Refused
from core.photos import LARGEST_BYTES
from core.views import PortalActionView, PortalMixin, one_or_404

SMALL = 480
DAY = 24 * 3600


class PhotoStep(OfVisit):
    """The photos so far, and a form for one more. The script sends with `Accept: application/json`."""

    template_name = "audits/photos.html"
    step = "photos"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        self.check_editable()
        return self.render(form=PhotoForm(findings=self.findings))

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        form = PhotoForm(request.POST, request.FILES, findings=self.findings)
        as_json = request.headers.get("Accept") == "application/json"
        if form.is_valid():
            try:
                photo = self.add(form)
            except Refused as refusal:
                form.add_error("photo", str(refusal.message))
            else:
                url = reverse("audits:photo", args=[photo.pk])
                return JsonResponse({"photo": photo.pk, "url": url}) if as_json else self.go(request.path)
        if as_json:
            message = next((str(one) for errors in form.errors.values() for one in errors), "")
            return JsonResponse({"message": message}, status=409)
        return self.render(form=form, status=422)

    def add(self, form: PhotoForm) -> Any:
        asked = self.request.POST.get("question", "")
        chosen = form.cleaned_data.get("finding")
        return visits.add_photo(
            visit=self.visit,
            data=form.cleaned_data["photo"].read(LARGEST_BYTES + 1),
            by=self.request.user,
            at=now(),
            question_id=int(asked[:9]) if asked.isascii() and asked.isdecimal() else None,
            finding=next((finding for finding in self.findings if finding.pk == chosen), None),
            caption=form.cleaned_data["caption"],
        )

    def get_context(self, **context: Any) -> dict[str, Any]:
        return super().get_context(
            photos=self.photos, next_url=reverse("audits:visit-findings", args=[self.visit.pk]), **context
        )


class Photo(PortalMixin):
    """The picture itself, for whoever may see its visit; `?size=small` for a list."""

    permission = SEES_VISITS

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        photo = one_or_404(queries.photos(user=request.user), pk=kwargs["pk"])
        return photo_response(photo, small=request.GET.get("size") == "small")


def photo_response(photo: Any, *, small: bool) -> FileResponse:
    """The file of a photo, shown and never run; 404 if it is gone. Whoever calls this has looked who may see it."""
    try:
        file = default_storage.open(photo.file)
    except OSError as error:
        raise Http404 from error
    response = FileResponse(_small(file) if small else file, content_type="image/jpeg")
    response["Content-Disposition"] = f'inline; filename="photo-{photo.pk}.jpg"'
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cache-Control"] = f"private, max-age={DAY}, immutable"
    return response


def _small(file: Any) -> io.BytesIO:
    """The picture for a list, no side longer than SMALL."""
    out = io.BytesIO()
    with file, Image.open(file, formats=("JPEG",)) as image:
        image.draft("RGB", (SMALL, SMALL))
        image.thumbnail((SMALL, SMALL))
        image.save(out, "JPEG", quality=75)
    out.seek(0)
    return out


class RemovePhoto(PortalActionView):
    """Take a photo away while the visit can be edited."""

    permission = guard.MAKES_VISITS
    title = _("Remove the photo")
    area = "audits"
    destructive = True
    success_message = _("The photo is removed.")

    def get_rows(self, user: Any) -> Any:
        return queries.photos(user=user)

    def get_back_url(self) -> str:
        return reverse("audits:visit-photos", args=[self.object.visit_id])

    def perform(self, *, form: Any) -> str | None:
        back = self.get_back_url()
        visits.remove_photo(photo=self.object, by=self.request.user, at=now())
        return back
