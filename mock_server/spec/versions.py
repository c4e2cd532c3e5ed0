"""What each version of OpenAPI allows where, as tables: a version more is a table more.

A shape is the name of a table or of a JSON type, in [] for an array of it and in {} for an object whose values are it.
A name that ends in ! is needed for the document to be served; one that ends in ? ought to be there.
"""

from collections.abc import Mapping

Tables = Mapping[str, Mapping[str, str]]

_OPERATION = {
    "tags": "[string]",
    "summary": "string",
    "description": "string",
    "externalDocs": "ExternalDocumentation",
    "operationId": "string",
    "parameters": "[Parameter]",
    "requestBody": "RequestBody",
    "responses?": "Responses",
    "callbacks": "{Callback}",
    "deprecated": "boolean",
    "security": "[SecurityRequirement]",
    "servers": "[Server]",
}
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_HEADER = {
    "description": "string",
    "required": "boolean",
    "deprecated": "boolean",
    "style": "string",
    "explode": "boolean",
    "schema": "Schema",
    "example": "any",
    "examples": "{Example}",
    "content": "{MediaType}",
}
_FLOW = {"authorizationUrl": "string", "tokenUrl": "string", "refreshUrl": "string", "scopes?": "{string}"}

OPENAPI_3_1: Tables = {
    "OpenAPI": {
        "openapi!": "string",
        "info?": "Info",
        "jsonSchemaDialect": "string",
        "servers": "[Server]",
        "paths?": "Paths",
        "webhooks": "{PathItem}",
        "components": "Components",
        "security": "[SecurityRequirement]",
        "tags": "[Tag]",
        "externalDocs": "ExternalDocumentation",
    },
    "Info": {
        "title?": "string",
        "summary": "string",
        "description": "string",
        "termsOfService": "string",
        "contact": "Contact",
        "license": "License",
        "version?": "string",
    },
    "Contact": {"name": "string", "url": "string", "email": "string"},
    "License": {"name?": "string", "identifier": "string", "url": "string"},
    "Server": {"url!": "string", "description": "string", "variables": "{ServerVariable}"},
    "ServerVariable": {"enum": "[string]", "default!": "string", "description": "string"},
    "Components": {
        "schemas": "{Schema}",
        "responses": "{Response}",
        "parameters": "{Parameter}",
        "examples": "{Example}",
        "requestBodies": "{RequestBody}",
        "headers": "{Header}",
        "securitySchemes": "{SecurityScheme}",
        "links": "{Link}",
        "callbacks": "{Callback}",
        "pathItems": "{PathItem}",
    },
    "PathItem": {
        "$ref": "string",
        "summary": "string",
        "description": "string",
        **dict.fromkeys(METHODS, "Operation"),
        "servers": "[Server]",
        "parameters": "[Parameter]",
    },
    "Operation": _OPERATION,
    "ExternalDocumentation": {"description": "string", "url?": "string"},
    "Parameter": {
        "name!": "string",
        "in!": "string",
        "allowEmptyValue": "boolean",
        "allowReserved": "boolean",
        **_HEADER,
    },
    "RequestBody": {"description": "string", "content!": "{MediaType}", "required": "boolean"},
    "MediaType": {"schema": "Schema", "example": "any", "examples": "{Example}", "encoding": "{Encoding}"},
    "Encoding": {
        "contentType": "string",
        "headers": "{Header}",
        "style": "string",
        "explode": "boolean",
        "allowReserved": "boolean",
    },
    "Response": {
        "description?": "string",
        "headers": "{Header}",
        "content": "{MediaType}",
        "links": "{Link}",
    },
    "Example": {"summary": "string", "description": "string", "value": "any", "externalValue": "string"},
    "Link": {
        "operationRef": "string",
        "operationId": "string",
        "parameters": "{any}",
        "requestBody": "any",
        "description": "string",
        "server": "Server",
    },
    "Header": _HEADER,
    "Tag": {"name?": "string", "description": "string", "externalDocs": "ExternalDocumentation"},
    "SecurityScheme": {
        "type!": "string",
        "description": "string",
        "name": "string",
        "in": "string",
        "scheme": "string",
        "bearerFormat": "string",
        "flows": "OAuthFlows",
        "openIdConnectUrl": "string",
    },
    "OAuthFlows": dict.fromkeys(("implicit", "password", "clientCredentials", "authorizationCode"), "OAuthFlow"),
    "OAuthFlow": _FLOW,
    "Discriminator": {"propertyName!": "string", "mapping": "{string}"},
    "XML": {"name": "string", "namespace": "string", "prefix": "string", "attribute": "boolean", "wrapped": "boolean"},
    "Reference": {"$ref!": "string", "summary": "string", "description": "string"},
}

PARAMETER_LOCATIONS = {
    "path": ("simple", "label", "matrix"),
    "query": ("form", "spaceDelimited", "pipeDelimited", "deepObject"),
    "header": ("simple",),
    "cookie": ("form",),
}
"""Where a parameter can be, and the styles it can have there, the default first."""

HOLDERS = {
    "Response": "responses",
    "Parameter": "parameters",
    "Example": "examples",
    "RequestBody": "requestBodies",
    "Header": "headers",
    "SecurityScheme": "securitySchemes",
    "Link": "links",
    "Callback": "callbacks",
    "PathItem": "pathItems",
    "Schema": "schemas",
}
"""The part of `components` that holds each kind that a reference may lead to."""

REFERABLE = frozenset(HOLDERS) - {"PathItem", "Schema"}
"""The kinds that a Reference Object may stand for; the others have a `$ref` of their own."""

SCHEMA: Mapping[str, str] = {
    **dict.fromkeys(("properties", "patternProperties", "$defs", "definitions", "dependentSchemas"), "{Schema}"),
    **dict.fromkeys(("allOf", "anyOf", "oneOf", "prefixItems"), "[Schema]"),
    **dict.fromkeys(
        (
            "items",
            "additionalProperties",
            "not",
            "if",
            "then",
            "else",
            "contains",
            "propertyNames",
            "unevaluatedItems",
            "unevaluatedProperties",
            "contentSchema",
        ),
        "Schema",
    ),
    **dict.fromkeys(("$schema", "$id", "$anchor", "$dynamicAnchor", "$comment", "title", "description"), "string"),
    **dict.fromkeys(("pattern", "format", "contentEncoding", "contentMediaType"), "string"),
    **dict.fromkeys(("maximum", "minimum", "exclusiveMaximum", "exclusiveMinimum", "multipleOf"), "number"),
    **dict.fromkeys(("maxLength", "minLength", "maxItems", "minItems", "maxContains", "minContains"), "number"),
    **dict.fromkeys(("maxProperties", "minProperties"), "number"),
    **dict.fromkeys(("uniqueItems", "deprecated", "readOnly", "writeOnly"), "boolean"),
    **dict.fromkeys(("enum", "examples"), "[any]"),
    **dict.fromkeys(("const", "default", "example", "$vocabulary", "$ref", "$dynamicRef"), "any"),
    "type": "type",
    "required": "[string]",
    "dependentRequired": "{[string]}",
    "discriminator": "Discriminator",
    "xml": "XML",
    "externalDocs": "ExternalDocumentation",
}
"""JSON Schema 2020-12's keywords and OpenAPI 3.1's own, with the shapes of their values."""

TYPES = ("null", "boolean", "object", "array", "number", "string", "integer")
"""JSON Schema's types."""

MISTAKEN_KEYWORDS = {
    "nullable": "OpenAPI 3.1 says it by type: [string, 'null']",
    "dependencies": "JSON Schema 2020-12 has dependentRequired and dependentSchemas",
    "additionalItems": "JSON Schema 2020-12 has prefixItems and items",
    "divisibleBy": "JSON Schema 2020-12 has multipleOf",
}

VERSIONS: Mapping[str, Tables] = {"3.1": OPENAPI_3_1}
"""By the major and minor number of the `openapi` member."""
