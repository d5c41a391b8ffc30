"""Request bodies, read up to a limit: bytes are counted before anything is parsed."""

from fastapi import Request

from graph_service.errors import GraphServiceError

MOST_BODY_BYTES = 10 * 1024 * 1024


class BodyTooLarge(GraphServiceError):
    """The body passes the limit; no more of it was read."""

    code = "BODY_TOO_LARGE"


async def read_body(request: Request, *, most_bytes: int = MOST_BODY_BYTES) -> bytes:
    """The whole body. Raises ``BodyTooLarge`` past ``most_bytes``, before reading on."""
    length = request.headers.get("content-length", "")
    if length.isdecimal() and int(length[:20]) > most_bytes:
        raise BodyTooLarge(_too_large(most_bytes))
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > most_bytes:
            raise BodyTooLarge(_too_large(most_bytes))
        chunks.append(chunk)
    return b"".join(chunks)


def _too_large(most_bytes: int) -> str:
    return f"the body is larger than {most_bytes:,} bytes; send the batch in parts, or use graph-service import"
