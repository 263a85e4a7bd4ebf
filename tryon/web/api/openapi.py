"""The API described for programs, from the very table and models that it runs on."""

from __future__ import annotations

import re
from typing import Any, Final

from pydantic import TypeAdapter

from tryon import __version__
from tryon.web.api import models
from tryon.web.api.routes import ROUTES, Route

_PART: Final = re.compile(r"\{(\w+):((?:[^{}]|\{[^{}]*\})+)\}")
_REFERENCE: Final = "#/components/schemas/{model}"
_SENTENCES: Final = {
    304: "Not modified: the asker has this version.",
    400: "The request is not understood.",
    401: "There is no token, or none that works.",
    403: "The token lacks the scope.",
    404: "There is no such thing, or it is another merchant's.",
    409: "Taken, or somebody else wrote in between: both versions are told.",
    413: "Too large.",
    415: "The body is said to be something else than JSON.",
    422: "The data breaks a rule; the field is told.",
    428: "If-Match is missing.",
    429: "Too many requests.",
    503: "The store does not answer now.",
    507: "The disk is full; nothing that was acknowledged is lost.",
}
_FILES: Final = frozenset({"file", "logo", "model"})
_ALWAYS: Final = (400, 401, 403, 404, 422, 429, 503, 507)
_DESCRIPTION: Final = (
    "Products, files, jobs and looks of one merchant, whose API token says who it is. Lists are paged by cursor. "
    "What is changed is changed at the version that If-Match names. Times are milliseconds since 1970 UTC."
)


def document() -> dict[str, Any]:
    """The OpenAPI 3.1 document."""
    schemas: dict[str, Any] = {}
    paths: dict[str, dict[str, Any]] = {}
    for route in ROUTES:
        path = _PART.sub(lambda part: f"{{{part[1]}}}", route.path)
        paths.setdefault(path, {})[route.method.lower()] = _operation(route, schemas)
    _schema(models.FaultOut, schemas, "serialization")
    return {
        "openapi": "3.1.0",
        "info": {"title": "Tryon", "version": __version__, "description": _DESCRIPTION},
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{"token": []}],
    }


def _operation(route: Route, schemas: dict[str, Any]) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": route.name.removeprefix("v1_"),
        "summary": route.summary,
        "description": f"Needs the scope `{route.scope}`.",
        "tags": [route.path.split("/")[2]],
        "parameters": [*_parts(route), *_queries(route, schemas), *_headers(route)],
        "responses": _responses(route, schemas),
    }
    if route.body is not None:
        content = {"application/json": {"schema": _schema(route.body, schemas, "validation")}}
        operation["requestBody"] = {"required": True, "content": content}
    elif route.kind == "upload":
        content = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
        operation["requestBody"] = {"required": True, "content": content}
    return operation


def _parts(route: Route) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": {"type": "string", "pattern": f"^{pattern}$"},
        }
        for name, pattern in _PART.findall(route.path)
    ]


def _queries(route: Route, schemas: dict[str, Any]) -> list[dict[str, Any]]:
    if route.query is None:
        return []
    whole = TypeAdapter(route.query).json_schema(ref_template=_REFERENCE)
    schemas.update(whole.pop("$defs", {}))
    return [
        {
            "name": name,
            "in": "query",
            "required": name in whole.get("required", ()),
            "schema": _without_null(schema),
        }
        for name, schema in whole["properties"].items()
    ]


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """An address has no null: what may be absent is absent."""
    kinds = [kind for kind in schema.get("anyOf", ()) if kind != {"type": "null"}]
    return kinds[0] if len(kinds) == 1 else schema


def _headers(route: Route) -> list[dict[str, Any]]:
    found = []
    if route.match != "none":
        schema = {"type": "string", "pattern": '^"[0-9]{1,9}"$'}
        found.append(
            {"name": "If-Match", "in": "header", "required": route.match == "needed", "schema": schema}
        )
    if route.repeatable:
        schema = {"type": "string", "pattern": "^[!-~]{1,200}$"}
        found.append({"name": "Idempotency-Key", "in": "header", "required": False, "schema": schema})
    return found


def _responses(route: Route, schemas: dict[str, Any]) -> dict[str, Any]:
    done: dict[str, Any] = {"description": "Done."}
    binary = {"schema": {"type": "string", "format": "binary"}}
    if route.kind in _FILES:
        done["content"] = {"*/*": binary}
    elif route.kind == "worn":
        done["content"] = {"image/jpeg": binary}
    elif route.returns is not None:
        done["content"] = {"application/json": {"schema": _schema(route.returns, schemas, "serialization")}}
    fault = {"application/json": {"schema": {"$ref": _REFERENCE.format(model="FaultOut")}}}
    statuses = [*_ALWAYS]
    if route.method != "GET":
        statuses += [409, 413]
    if route.body is not None:
        statuses.append(415)
    if route.match == "needed":
        statuses.append(428)
    answers: dict[str, Any] = {str(route.status): done}
    if route.kind in _FILES:
        answers |= {
            "206": done,
            "304": {"description": _SENTENCES[304]},
            "416": {"description": "No such range."},
        }
    return answers | {
        str(status): {"description": _SENTENCES[status], "content": fault} for status in sorted(statuses)
    }


def _schema(kind: Any, schemas: dict[str, Any], mode: Any) -> dict[str, Any]:
    """The model's schema; what it names goes among the components."""
    whole = TypeAdapter(kind).json_schema(ref_template=_REFERENCE, mode=mode, by_alias=True)
    schemas.update(whole.pop("$defs", {}))
    name = whole.get("title")
    if name is None or "properties" not in whole:
        return whole
    schemas[name] = whole
    return {"$ref": _REFERENCE.format(model=name)}
