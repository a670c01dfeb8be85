"""What the generated schema says beyond the resources: problem details and the Idempotency-Key."""

from typing import Any

from drf_spectacular.authentication import SessionScheme, TokenScheme

PROBLEM = {
    "type": "object",
    "description": "RFC 9457 problem details.",
    "required": ["type", "title", "status", "code"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string"},
        "code": {"type": "string", "description": "Stable name of what went wrong."},
        "params": {"type": "object", "additionalProperties": True},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "pointer": {"type": "string"},
                    "code": {"type": "string"},
                    "detail": {"type": "string"},
                },
            },
        },
    },
}
KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "A request sent again with its key is answered again, not done again.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
}
ANSWERS = {
    "400": "The request is not valid.",
    "401": "Not signed in.",
    "403": "The role does not include this, or the same person may not do both.",
    "404": "Not there, or outside the user's scope.",
    "429": "Too many requests.",
}
WRITE_ANSWERS = {
    "409": "Refused; `code` and `params` say why.",
    "415": "The body is not of a kind that this address takes.",
    "422": "The Idempotency-Key was used for another request.",
}
METHODS = ("get", "post", "put", "patch", "delete")


def finish(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """drf-spectacular's hook: add to every operation the answers and headers that all share."""
    result.setdefault("components", {}).setdefault("schemas", {})["Problem"] = PROBLEM
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for operations in result.get("paths", {}).values():
        for method in METHODS:
            operation = operations.get(method)
            if operation is None:
                continue
            answers = ANSWERS if method == "get" else {**ANSWERS, **WRITE_ANSWERS}
            for status, text in answers.items():
                operation["responses"].setdefault(status, {"description": text, "content": content})
            if method != "get":
                operation.setdefault("parameters", []).append(KEY)
    return result


class TokenAuthScheme(TokenScheme):
    target_class = "core.api.access.Token"


class SessionAuthScheme(SessionScheme):
    target_class = "core.api.access.Session"
