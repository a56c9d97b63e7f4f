"""A PDF file as an answer."""

import re

from fastapi.responses import Response


def pdf_answer(content: bytes, number: str) -> Response:
    """Show the file in the browser; saved, it is called as the document."""
    name = re.sub(r"[^A-Za-z0-9-]+", "-", number).strip("-") or "document"
    headers = {"Content-Disposition": f'inline; filename="{name}.pdf"', "Cache-Control": "private, no-store"}
    return Response(content, media_type="application/pdf", headers=headers)
