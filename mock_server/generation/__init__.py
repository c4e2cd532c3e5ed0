"""Values from schemas: always valid, always the same for the same chance."""

from mock_server.generation.generators import compile_generator
from mock_server.generation.structures import Generate

__all__ = ["Generate", "compile_generator"]
