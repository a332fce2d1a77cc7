"""Bodies that schemathesis cannot write by itself."""
import schemathesis


@schemathesis.serializer("application/partial-upload")
def part(context, value):
    """The bytes of a part of an upload."""
    return value if isinstance(value, bytes) else str(value).encode()
