"""Papers that are handed in with a write: `multipart/form-data` with up to five `files`."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.parsers import JSONParser, MultiPartParser

from core import papers

PARSERS = (JSONParser, MultiPartParser)


class FilesField(serializers.ListField):
    """Pictures or PDF, at most five, 10 MB each; cleaned to `papers.Given`."""

    child = serializers.FileField(allow_empty_file=True)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, **kwargs)

    def to_internal_value(self, data: Any) -> list[papers.Given]:
        try:
            found = papers.given(super().to_internal_value(data))
            for one in found:
                papers.check(one)
        except papers.PaperRefused as refusal:
            raise serializers.ValidationError(str(refusal.message), code=refusal.code) from refusal
        return found


class WithFiles(serializers.Serializer):
    """Base: a body that may bring `files`."""

    files = FilesField()


def with_files(shape: type[serializers.Serializer], *, responses: Any) -> Any:
    """The schema of a write whose body may come as JSON, or as multipart with files."""
    return extend_schema(request={"application/json": shape, "multipart/form-data": shape}, responses=responses)
