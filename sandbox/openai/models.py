"""GET /models, GET and DELETE /models/{model}."""

from typing import Any

from sandbox.openai.call import Call, Operation
from sandbox.openai.catalogue import Model
from sandbox.openai.errors import ApiError
from sandbox.openai.params import Dialect
from sandbox.openai.streams import Answer, Json


async def listed(call: Call) -> Answer:
    data = [_shown(each, call.state.dialect) for each in call.state.catalogue.all()]
    return Json({"object": "list", "data": data})


async def get(call: Call) -> Answer:
    return Json(_shown(call.state.catalogue.get(call.ids["model"]), call.state.dialect))


async def delete(call: Call) -> Answer:
    """Only those that were trained here can go."""
    model = call.state.catalogue.get(call.ids["model"])
    if not model.own:
        raise ApiError(
            f"You have insufficient permissions for this operation: the model {model.id} is not"
            " owned by your organization.",
            status=403,
            param="model",
            code="insufficient_permissions",
        )
    call.state.catalogue.remove(model.id)
    return Json({"id": model.id, "object": "model", "deleted": True})


def _shown(model: Model, dialect: Dialect) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "id": model.id,
        "object": "model",
        "created": model.created,
        "owned_by": model.owned_by,
    }
    if dialect is not Dialect.LEGACY:
        shown["shutdown_date"] = model.ends.isoformat() if model.ends else None
    if dialect is not Dialect.MODERN:
        shown |= {
            "permission": [_permission(model)],
            "root": model.root or model.id,
            "parent": model.parent,
        }
    return shown


def _permission(model: Model) -> dict[str, Any]:
    return {
        "id": f"modelperm-{model.id}",
        "object": "model_permission",
        "created": model.created,
        "allow_create_engine": False,
        "allow_sampling": True,
        "allow_logprobs": True,
        "allow_search_indices": False,
        "allow_view": True,
        "allow_fine_tuning": model.trainable,
        "organization": "*",
        "group": None,
        "is_blocking": False,
    }


OPERATIONS = (
    Operation("GET", "/models", listed, legacy={}, modern={}),
    Operation("GET", "/models/{model}", get, legacy={}, modern={}),
    Operation("DELETE", "/models/{model}", delete, legacy={}, modern={}),
)
