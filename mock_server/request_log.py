"""One line for each request: for a person to read, or for a program."""

import json
import time
from urllib.parse import unquote

from mock_server.messages import Request, Response


def text_line(request: Request, response: Response, microseconds: int) -> str:
    """`12:00:01 POST /pets 201 state pets 0.4 ms`."""
    clock = time.strftime("%H:%M:%S")
    # What a client sends must not steer the terminal.
    path = "".join(
        character if character.isprintable() else "�" for character in unquote(request.base_path + request.path)
    )
    return (
        f"{clock} {request.method} {path[:200]} {response.status_code} {response.source} {microseconds / 1000:.1f} ms"
    )


def json_line(request: Request, response: Response, microseconds: int) -> str:
    """The same facts as a JSON object; `at` is Unix seconds of the wall clock."""
    return json.dumps(
        {
            "at": round(time.time(), 3),
            "method": request.method,
            "path": request.base_path + request.path,
            "status_code": response.status_code,
            "source": response.source,
            "milliseconds": microseconds / 1000,
        }
    )


def json_note(message: str) -> str:
    """What is told beside requests, as a JSON object."""
    return json.dumps({"at": round(time.time(), 3), "message": message})
