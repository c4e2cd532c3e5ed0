"""The limit of the stack: what any server of this kind must do at least for a `POST /audiences`, and no more.

uvicorn on uvloop and httptools; the body parsed by orjson, validated by jsonschema-rs, answered with a fixed shape.
Neither routed, authorised, stored nor recorded. Run as `python -m bench.bare PORT`.
"""

import sys
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import jsonschema_rs
import orjson
import uvicorn
import yaml

from bench.servers import PROJECT

Message = MutableMapping[str, Any]


def application() -> Callable[..., Awaitable[None]]:
    """The ASGI application."""
    document = yaml.safe_load((PROJECT / "api-v1-native.yml").read_text())
    operation = document["paths"]["/audiences"]["post"]
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    is_valid = jsonschema_rs.Draft202012Validator(schema, validate_formats=True).is_valid
    fields = [(b"content-type", b"application/json")]

    async def answer(
        scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
    ) -> None:
        message = await receive()
        body = message["body"]
        while message.get("more_body"):
            message = await receive()
            body += message["body"]
        members = orjson.loads(body)
        if scope["method"] == "POST" and scope["path"] == "/audiences" and is_valid(members):
            content, status_code = orjson.dumps(_audience(members["name"])), 201
        else:
            content, status_code = b"{}", 400
        length = (b"content-length", str(len(content)).encode())
        await send({"type": "http.response.start", "status": status_code, "headers": [*fields, length]})
        await send({"type": "http.response.body", "body": content})

    return answer


def _audience(name: str) -> dict[str, object]:
    return {
        "id": "adaud_0123456789abc",
        "name": name,
        "status": "pending",
        "total_rows": 0,
        "processed_rows": 0,
        "matched_rows": 0,
        "progress_percent": 0,
        "error_message": None,
        "platform_audience_ids": [],
        "created_at": 1700000000,
        "updated_at": 1700000000,
    }


if __name__ == "__main__":
    uvicorn.run(
        application(),
        host="127.0.0.1",
        port=int(sys.argv[1]),
        loop="uvloop",
        http="httptools",
        lifespan="off",
        access_log=False,
        log_level="warning",
    )
