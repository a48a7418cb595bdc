"""Small real PDFs."""

import io
from collections.abc import Sequence

from pypdf import PdfReader, PdfWriter

PAGE = "/MediaBox [0 0 300 100] /Resources << /Font << /F1 3 0 R >> >>"
SCAN = "/MediaBox [0 0 300 100] /Resources << /XObject << /Scan 3 0 R >> >>"


def a_pdf(pages: Sequence[str | None] = ("Hello",)) -> bytes:
    """One line of text a page; a page without any for an empty one, and a scan for None."""
    kids = " ".join(f"{4 + 2 * at} 0 R" for at in range(len(pages)))
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for at, text in enumerate(pages):
        shown = SCAN if text is None else PAGE
        drawn = f"BT /F1 12 Tf 20 50 Td ({text}) Tj ET" if text else ""
        objects += [
            f"<< /Type /Page /Parent 2 0 R {shown} /Contents {5 + 2 * at} 0 R >>",
            f"<< /Length {len(drawn)} >>\nstream\n{drawn}\nendstream",
        ]
    file, places = b"%PDF-1.4\n", []
    for number, each in enumerate(objects, 1):
        places.append(len(file))
        file += f"{number} 0 obj\n{each}\nendobj\n".encode("latin-1")
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    return file + (
        f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}"
        f"trailer << /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{len(file)}\n%%EOF\n"
    ).encode("latin-1")


def locked(data: bytes, *, to_open: str) -> bytes:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(data)))
    writer.encrypt(user_password=to_open, owner_password="owner", algorithm="RC4-128")
    file = io.BytesIO()
    writer.write(file)
    return file.getvalue()
