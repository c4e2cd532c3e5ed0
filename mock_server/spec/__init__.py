"""From a document to what is believed of it: reading, overlays, operations, the lifecycle language, inference."""

from mock_server.spec.inference import Inference
from mock_server.spec.operations import Header, MediaType, Operation, Parameter, RequestBody, Response
from mock_server.spec.project import Description, load

__all__ = [
    "Description",
    "Header",
    "Inference",
    "MediaType",
    "Operation",
    "Parameter",
    "RequestBody",
    "Response",
    "load",
]
