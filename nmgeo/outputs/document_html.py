"""Markdown of nmgeo as one HTML page: headings, paragraphs, quotes, lists and tables."""

import re
from collections.abc import Iterator, Sequence
from html import escape, unescape
from typing import Final

from nmgeo.languages import Lang, find_language

_STYLE: Final = """\
:root{color-scheme:light dark;--ink:#1b1b1b;--paper:#fff;--line:#c3cbd1;--soft:#f3f6f7;
--link:#00508c}
@media(prefers-color-scheme:dark){:root{--ink:#e8eaec;--paper:#16191c;--line:#465058;--soft:#20262a;
--link:#8cc8ff}}
body{margin:0 auto;padding:1rem;max-width:62rem;color:var(--ink);background:var(--paper);
font:15px/1.45 system-ui,"Noto Sans CJK HK","Noto Sans HK","PingFang HK","Microsoft JhengHei",
sans-serif}
a{color:var(--link)}h1{font-size:1.5rem}h2{font-size:1.15rem;margin:1.2rem 0 .4rem}
h3{font-size:1rem}.box{overflow-x:auto}table{border-collapse:collapse;width:100%}
th,td{border-bottom:1px solid var(--line);padding:.25rem .6rem .25rem 0;text-align:left;
vertical-align:top}
:is(th,td):lang(zh){min-width:4.5em}
th{background:var(--soft)}.day{white-space:nowrap}.number{text-align:right;white-space:nowrap}
blockquote{margin:.5rem 0;padding:.2rem .9rem;border-left:4px solid var(--link);
background:var(--soft)}
svg{max-width:100%;height:auto}
@media print{@page{size:A4;margin:12mm}body{font-size:9.5pt;padding:0;max-width:none}
h2{margin:.5rem 0 .2rem}a{color:inherit}tr{break-inside:avoid}}"""
LINK: Final = re.compile(r"\[((?:[^\[\]\\]|\\.)*)\]\(<((?:https?)://[^<>\s]*)>\)")
ESCAPED: Final = re.compile(r"\\([\\`*_\[\]|~#])")
_DATE: Final = re.compile(r"\d{4}(-\d\d){0,2}", re.ASCII)
_DAY: Final = ' class="day"'
CELL: Final = re.compile(r"(?<!\\)\|")
HEADING: Final = re.compile(r"(#{1,3}) (.*)")


def markdown_page(markdown: str, title: str, lang: Lang, *, svg: str) -> str:
    """Return a document of nmgeo as one HTML page that loads nothing.

    Parameters
    ----------
    markdown : str
        Written by nmgeo: values are escaped by :func:`nmgeo.outputs.tables.escape_markdown`.
    title : str
        Title of the page, plain text.
    lang : {"en", "tc", "sc"}
        Language of the page.
    svg : str
        A drawing of nmgeo that stands at the end.

    Returns
    -------
    str
        HTML without scripts; links lead to ``http`` and ``https`` alone.
    """
    body = "\n".join(_blocks(markdown.split("\n")))
    return (
        f'<!DOCTYPE html>\n<html lang="{find_language(lang).html}">\n<head>\n'
        '<meta charset="utf-8">\n<meta name="viewport" content="width=device-width">\n'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
        "style-src 'unsafe-inline'\">\n"
        f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n"
        f"{body}\n{svg}</main>\n</body>\n</html>\n"
    )


def _blocks(lines: Sequence[str]) -> Iterator[str]:
    """Yield the HTML of each block of lines."""
    block: list[str] = []
    for line in (*lines, ""):
        if line.strip():
            block.append(line)
        elif block:
            yield _block(block)
            block = []


def _block(lines: Sequence[str]) -> str:
    if heading := HEADING.fullmatch(lines[0]):
        level = len(heading[1])
        return f"<h{level}>{_inline(heading[2])}</h{level}>" + "".join(_blocks(lines[1:]))
    if lines[0].startswith("| "):
        return _table([line for line in lines if line.startswith("|")])
    for mark, tag in (("> ", "blockquote"), ("- ", "ul")):
        if lines[0].startswith(mark):
            items = [_inline(line.removeprefix(mark)) for line in lines]
            wrap = "li" if tag == "ul" else "p"
            return f"<{tag}>{''.join(f'<{wrap}>{item}</{wrap}>' for item in items)}</{tag}>"
    return f"<p>{_inline(' '.join(lines))}</p>"


def _table(lines: Sequence[str]) -> str:
    head, rule, *rows = [[cell.strip() for cell in CELL.split(line)[1:-1]] for line in lines]
    kinds = [' class="number"' if cell.endswith(":") else "" for cell in rule]

    def row(cells: Sequence[str], tag: str) -> str:
        kept = [
            _DAY if _DATE.fullmatch(cell) else kind
            for cell, kind in zip(cells, kinds, strict=False)
        ]
        parts = (f"<{tag}{k}>{_inline(c)}</{tag}>" for c, k in zip(cells, kept, strict=False))
        return f"<tr>{''.join(parts)}</tr>"

    body = "".join(row(cells, "td") for cells in rows)
    table = f"<table><thead>{row(head, 'th')}</thead><tbody>{body}</tbody></table>"
    return f'<div class="box">{table}</div>'


def _inline(text: str) -> str:
    """Return a line with its links; what is not a link of ours is text."""
    parts, at = [], 0
    for link in LINK.finditer(text):
        parts.append(_plain(text[at : link.start()]))
        address = escape(unescape(link[2]), quote=True)
        parts.append(f'<a href="{address}">{_plain(link[1])}</a>')
        at = link.end()
    return "".join([*parts, _plain(text[at:])])


def _plain(text: str) -> str:
    return escape(unescape(ESCAPED.sub(r"\1", text)), quote=False)
