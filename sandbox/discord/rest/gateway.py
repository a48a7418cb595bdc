"""Where the gateway is, and how often one may still identify."""

from typing import Any

from sandbox.discord.rest.routing import Call, Routes

routes = Routes()


@routes.add("GET", "/gateway", auth=False)
async def get_gateway(call: Call) -> Any:
    return {"url": call.discord.gateway_url}


@routes.add("GET", "/gateway/bot")
async def get_gateway_bot(call: Call) -> Any:
    application = call.application
    left, reset_after = call.discord.gateway.starts_left(application)
    return {
        "url": call.discord.gateway_url,
        "shards": 1,
        "session_start_limit": {
            "total": application.session_starts_total,
            "remaining": left,
            "reset_after": reset_after,
            "max_concurrency": application.max_concurrency,
        },
    }
