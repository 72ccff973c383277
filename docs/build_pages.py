"""Write what follows from something else: hashes and README of geodata, pages of docs."""

import re
import sys
from pathlib import Path

from reference_pages import llms_txt, reference_pages

from nmgeo.catalog import REGISTRY, Catalog, open_catalog
from nmgeo.files import sha256

ROOT = Path(__file__).parent.parent


def sealed(registry: str, folder: Path) -> str:
    """Return the registry with the SHA-256 that each file has now."""
    return re.sub(
        r'(file = "([^"]+)"\nsha256 = )"[^"]*"',
        lambda found: f'{found[1]}"{sha256(folder / found[2])}"',
        registry,
    )


def credits_page(catalog: Catalog) -> str:
    """Return geodata/README.md: what each file is, whose, and how far to trust it."""
    lines = [
        "# geodata",
        "",
        "What nmgeo knows. Written by `make pages` from `layers.toml`; edit that instead.",
        "",
        "Coordinates are WGS 84, longitude first. `geometry_status` is one of *official*,",
        "*digitised* (traced from a map), *indicative* (drawn from a description) and *schematic*",
        "(a symbol of the right size near the right place). `accuracy_m` is how far an edge or a",
        "point may be from the truth. What is listed is the least certain feature of a layer;",
        "each feature carries its own. No outline here is a legal boundary.",
        "",
    ]
    for layer in catalog.layers.values():
        lines += [
            f"## {layer.title_en} · {layer.title_tc}",
            "",
            f"`{layer.path.name}`: {layer.geometry}, {layer.geometry_status},",
            f"± {layer.accuracy_m:g} m, as of {layer.as_of}. {layer.caveat}",
            "",
            f"Credit: {layer.credit}. Licence: {layer.licence}. [About it]({layer.source_url}).",
            "",
        ]
    for table in catalog.tables.values():
        lines += [
            f"## {table.title_en} · {table.title_tc}",
            "",
            f"`{table.path.name}`: {', '.join(f'`{c}`' for c in table.columns)}.",
            "",
            f"Credit: {table.credit}. Licence: {table.licence}. As of {table.as_of}.",
            "",
        ]
    return "\n".join(lines).rstrip() + "\n"


def pages() -> dict[Path, str]:
    """Return every page that is written, with its text."""
    catalog = open_catalog(ROOT / "geodata")
    registry = ROOT / "geodata" / REGISTRY
    return {
        registry: sealed(registry.read_text(encoding="utf-8"), registry.parent),
        ROOT / "geodata" / "README.md": credits_page(catalog),
        ROOT / "llms.txt": llms_txt(),
        **reference_pages(catalog),
    }


def main(*, check: bool) -> int:
    """Write the pages, or only say which are out of step."""
    stale = {
        path: text
        for path, text in pages().items()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    }
    for path, text in stale.items():
        if not check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
        sys.stdout.write(
            f"{path.relative_to(ROOT)} {'is out of step: make pages' if check else 'written'}\n"
        )
    return int(check and bool(stale))


if __name__ == "__main__":
    sys.exit(main(check="--check" in sys.argv))
