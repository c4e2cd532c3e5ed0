"""How Connexion hosts it: the one module that knows Connexion.

Connexion brings the application, the resolver, the served description, the documentation page and the last resort for
errors. Its loader, routing, security and validation are replaced by the compiled contract (docs/decisions).
"""

import logging
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any

from connexion import AsyncApp
from connexion.exceptions import ResolverError
from connexion.middleware.abstract import SpecMiddleware
from connexion.middleware.exceptions import ExceptionMiddleware
from connexion.middleware.lifespan import LifespanMiddleware
from connexion.middleware.main import API
from connexion.middleware.server_error import ServerErrorMiddleware
from connexion.middleware.swagger_ui import SwaggerUIMiddleware
from connexion.options import SwaggerUIOptions
from connexion.resolver import Resolver
from connexion.spec import OpenAPISpecification, Specification
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Router
from starlette.staticfiles import StaticFiles

from mock_server.handlers import Call, Project
from mock_server.server.application import Application
from mock_server.server.exchange import Receive, Scope, Send
from mock_server.spec import Description
from mock_server.spec.yaml_output import to_yaml
from mock_server.types import JsonObject

TEMPLATES = Path(__file__).parent / "documentation"


class EffectiveSpecification(OpenAPISpecification):  # type: ignore[misc]
    """The effective document as it is: not rendered as a template, not copied, not validated by Draft 4.

    `spec` is what is served: the document with the one server that is this one.
    """

    def __init__(self, description: Description) -> None:
        self.show(description)
        self._base_uri = ""

    def show(self, description: Description) -> None:
        """Serve another document from now on."""
        self.description = description
        self._raw_spec = self._spec = {**description.document, "servers": [{"url": description.base_path or "/"}]}

    def clone(self) -> "EffectiveSpecification":
        """Itself: nobody changes it."""
        return self

    def with_base_path(self, base_path: str) -> "EffectiveSpecification":
        """Itself: what it serves is the path that it is served at."""
        return self

    @property
    def base_path(self) -> str:
        """The path part of the server's URL."""
        return self.description.base_path

    def get(self, key: str, default: Any = None) -> Any:
        """A member of the document; no paths, for Connexion's own router serves none."""
        return default if key == "paths" else super().get(key, default)


class ProjectResolver(Resolver):  # type: ignore[misc]
    """Finds an operationId among the project's own handlers, and nowhere else.

    Connexion's own would import whatever name a document gives; `x-openapi-router-controller` has no effect here.
    """

    def __init__(self, project: Project) -> None:
        super().__init__(self._own)
        self.project = project

    def _own(self, operation_id: str) -> Callable[[Call], object]:
        if operation_id not in self.project.operations:
            raise ValueError(f"no handler for {operation_id}")
        return self.project.operations[operation_id]

    def handler(self, operation_id: str) -> Callable[[Call], object] | None:
        """The project's handler of an operation, or None."""
        try:
            found: Callable[[Call], object] = self.resolve_function_from_operation_id(operation_id)
        except ResolverError:
            return None
        return found


class ContractMiddleware(SpecMiddleware):  # type: ignore[misc]
    """Where Connexion's routing, security and validation would be: all requests, answered by the application.

    `add_api` compiles the description, once, with the resolver that Connexion hands on.
    """

    application: Application
    host: Any
    """Connexion's own outermost part."""

    def __init__(self, app: Any, *, compile_application: Callable[[Description, ProjectResolver], Application]) -> None:
        self._otherwise = app
        self._compile = compile_application

    def add_api(self, specification: Specification, *, resolver: ProjectResolver, **_: Any) -> None:
        """Compile the description."""
        self.application = self._compile(specification.description, resolver)

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Answer, or hand on what is the documentation's or the lifespan's."""
        if scope["type"] == "http":
            return self.application(scope, receive, send, self._hand_on)
        return self._hand_on(scope, receive, send)

    def _hand_on(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        # As ConnexionMiddleware does, which this is asked before.
        scope["app"] = self.host
        handed: Awaitable[None] = self._otherwise(scope, receive, send)
        return handed


class Documentation(SwaggerUIMiddleware):  # type: ignore[misc]
    """Connexion's documentation page with a Swagger UI that knows OpenAPI 3.1, from the package that carries it."""

    def add_api(self, specification: Specification, **options: Any) -> None:
        """Serve the page, its assets and the document below the specification's base path."""
        self._api = partial(self.add_api, specification, **options)

        async def as_yaml(_: Request) -> PlainTextResponse:  # Connexion's own sorts the members
            return PlainTextResponse(to_yaml(specification.spec), media_type="application/yaml")

        self.router.add_route(specification.base_path + "/openapi.yaml", as_yaml, ["GET"])
        assets = StaticFiles(packages=[("swagger_ui", "static")])
        self.router.mount(specification.base_path + "/ui/assets", app=assets)
        super().add_api(specification, **options)

    def begin_anew(self) -> None:
        """Serve below the base path that the specification has now, and nowhere else."""
        self.router = Router(default=self.default_fn)
        self._api()


class Host:
    """A description hosted by Connexion, built whole, so that mistakes show at once.

    `app` is the ASGI application: the first middleware itself, as what Connexion puts around it does nothing here.
    """

    def __init__(
        self, description: Description, project: Project,
        compile_application: Callable[[Description, ProjectResolver], Application],
    ) -> None:  # fmt: skip
        logging.getLogger("connexion").setLevel(logging.ERROR)
        hosted = AsyncApp(
            __name__,
            middlewares=[
                # First, as it answers what fails by itself: the others are for what it hands on.
                partial(ContractMiddleware, compile_application=compile_application),
                ServerErrorMiddleware, ExceptionMiddleware, Documentation, LifespanMiddleware,
            ],
            swagger_ui_options=SwaggerUIOptions(swagger_ui_template_dir=str(TEMPLATES)),
            resolver=ProjectResolver(project),
        )  # fmt: skip
        self.specification = EffectiveSpecification(description)
        middleware = hosted.middleware
        options: JsonObject = dict(middleware.options.__dict__)
        middleware.apis.append(API(self.specification, base_path=None, name=description.name, **options))
        # Now, and not at the first request, so that mistakes show before it serves.
        middleware.app, middleware.middleware_stack = middleware._build_middleware_stack()  # noqa: SLF001
        parts = {type(part): part for part in middleware.middleware_stack}
        self.app: ContractMiddleware = parts[ContractMiddleware]
        self.app.host = middleware
        self.application: Application = self.app.application
        self._documentation: Documentation = parts[Documentation]

    def show(self, description: Description) -> None:
        """Serve another description's documentation from now on."""
        moved = description.base_path != self.specification.base_path
        self.specification.show(description)
        if moved:
            self._documentation.begin_anew()
