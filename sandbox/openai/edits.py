"""POST /edits, which api.openai.com shut on 2024-01-04."""

from sandbox.openai import canned, generation, tokens
from sandbox.openai.call import Body, Call, Operation
from sandbox.openai.catalogue import Use
from sandbox.openai.errors import ApiError, context_too_long
from sandbox.openai.params import Params, integer, number, text
from sandbox.openai.streams import Answer, Json

LEGACY: Params = {
    "model": text(required=True),
    "input": text(),
    "instruction": text(required=True),
    "n": integer(1, 20),
    "temperature": number(0, 2),
    "top_p": number(0, 1),
}


async def create(call: Call) -> Answer:
    args = call.args
    model = call.state.catalogue.get(args["model"])
    if model.use is not Use.EDIT:
        raise ApiError(
            f"This endpoint does not support the model `{model.id}`; use"
            " text-davinci-edit-001 or code-davinci-edit-001.",
            param="model",
        )
    given, instruction = args.get("input", ""), args["instruction"]
    size = tokens.count(given) + tokens.count(instruction)
    if size > model.context:
        raise context_too_long(model.context, size, 0, param="input")
    made = generation.choices(
        call.state.answers,
        lambda each: canned.edit(given, instruction, number=each),
        n=args.get("n", 1),
    )
    written = sum(each.tokens for each in made)
    return Json(
        {
            "object": "edit",
            "created": call.state.now(),
            "choices": [{"text": each.text, "index": each.index} for each in made],
            "usage": {
                "prompt_tokens": size,
                "completion_tokens": written,
                "total_tokens": size + written,
            },
        }
    )


OPERATIONS = (Operation("POST", "/edits", create, legacy=LEGACY, modern=None, body=Body.JSON),)
