"""Writes the tables of fields in docs/filters.md from `services.filters.fields`; a test asks whether they are current.

.venv/bin/python -m tools.document_filters
"""

import sys
from pathlib import Path

from services.filters import fields
from services.filters.fields import Field

PAGE = Path(__file__).resolve().parent.parent / "docs" / "filters.md"
BEGIN, END = "<!-- fields: made by tools/document_filters.py -->", "<!-- end of the fields -->"


def main() -> int:
    """Write the page anew."""
    PAGE.write_text(renewed(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    return 0


def renewed(page: str) -> str:
    """The page with current tables."""
    before, _, rest = page.partition(BEGIN)
    return f"{before}{BEGIN}\n{tables()}{END}{rest.partition(END)[2]}"


def tables() -> str:
    """All fields by group."""
    text = ""
    for group, title in fields.GROUPS.items():
        text += f"\n### {title}\n\n| field | what it asks | example |\n|---|---|---|\n"
        text += "".join(_row(f) for f in fields.FIELDS if f.group == group)
    return text + "\n"


def _row(field: Field) -> str:
    names = " ".join(f"`{name}`" for name in (field.name, *field.aliases))
    notes = [field.help]
    if field.words:
        notes.append("Words: " + ", ".join(f"`{word}`" for word in field.words) + ".")
    if field.owner_only:
        notes.append("Own items only.")
    elif field.owner_words:
        notes.append("Own items only: " + ", ".join(f"`{word}`" for word in sorted(field.owner_words)) + ".")
    if field.missing:
        notes.append(f"*Finds nothing yet: {field.missing}*")
    notes += [f"*`{word}` finds nothing yet: {why}*" for word, why in field.missing_words.items()]
    example = field.example.replace("|", "\\|")
    return f"| {names} | {' '.join(notes)} | `{example}` |\n"


if __name__ == "__main__":
    sys.exit(main())
