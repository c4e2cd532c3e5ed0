"""A stateful mock server generated from an OpenAPI document."""
