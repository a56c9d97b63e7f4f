"""What is held on a person as one zip: a JSON file for each kind, and the files."""

import io
import json
import zipfile
from collections.abc import Sequence

from boxportal.kernel.files.blobs import path_of
from boxportal.kernel.files.naming import clean_name
from boxportal.kernel.running import company_of
from boxportal.sdk.context import AuditEntry, Ctx
from boxportal.sdk.personal import Held, Subject

MOST_BYTES = 200 << 20
"""Files beyond that are named and not packed: the zip is made in memory."""


def pack(ctx: Ctx, subject: Subject, held: Sequence[Held]) -> bytes:
    """Make the zip, and note in the audit log that it was made."""
    target, left, missing = io.BytesIO(), MOST_BYTES, []
    folder = company_of(ctx).files
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for one in held:
            archive.writestr(f"data/{one.id}.json", text_of(one.rows))
            for number, file in enumerate(one.files):
                path = path_of(folder, file.sha256)
                size = path.stat().st_size if path.exists() else left + 1
                if size > left:
                    missing.append(file.name)
                    continue
                left -= size
                archive.write(path, f"files/{one.id}-{number + 1}-{clean_name(file.name)}")
        summary = {
            "company": ctx.company.title,
            "about": subject.name,
            "made_at": ctx.now.isoformat(),
            "known_by": list(subject.words),
            "kinds": [
                {"file": f"data/{one.id}.json", "title": str(one.title), "rows": len(one.rows), "more": one.more}
                for one in held
            ],
            "files_not_packed": missing,
        }
        archive.writestr("about.json", text_of(summary))
    rows = sum(len(one.rows) for one in held)
    ctx.audit(AuditEntry(action="core.personal.export", ref=subject.ref, after={"rows": rows}))
    return target.getvalue()


def text_of(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1, default=str)
