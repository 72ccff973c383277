"""A timeline drawn as SVG: one line an event, its date on a scale of years, text escaped."""

from collections.abc import Mapping, Sequence
from datetime import date
from html import escape
from typing import Any, Final

import pandas as pd

from nmgeo.commands.calls import takes_rows
from nmgeo.errors import on_one_line
from nmgeo.languages import find_language
from nmgeo.outputs.terminal.wrap import wrap_text
from nmgeo.translations import Lang, join_texts, translate

_WIDTH: Final = 960
_SCALE: Final = (120, 380)  # where the scale of years begins and ends, px
_TEXT_X: Final = 400
_LINE: Final = 17  # px from one line of text to the next
_TOP: Final = 58
_SIGNS: Final = 68  # of text in a line, in columns of a terminal
_MANY: Final = 12  # years, from which only every second is written
_STYLE: Final = (
    "text{font:13px system-ui,'Noto Sans CJK HK','PingFang HK','Microsoft JhengHei',sans-serif;"
    "fill:#1b1b1b}.soft{fill:#55606a}.grid{stroke:#d5dbdf}.head{font-weight:700;font-size:16px}"
    ".milestone{fill:#00508c}.status{fill:#7a3b00}.opening{fill:#1f6b3a}.paper{fill:#fff}"
    "@media(prefers-color-scheme:dark){text{fill:#e8eaec}.soft{fill:#a9b3ba}"
    ".grid{stroke:#3a4248}.milestone{fill:#8cc8ff}.status{fill:#ffb870}.opening{fill:#8fd6a4}"
    ".paper{fill:#16191c}}"
)


@takes_rows("timeline", "first_day", "last_day", "event_kind", "when", "event", "hedge")
def timeline_svg(rows: pd.DataFrame, title: str = "", lang: Lang = "en") -> str:
    """Draw a timeline as SVG.

    Parameters
    ----------
    rows : DataFrame
        From :func:`nmgeo.timeline`.
    title : str
        What it is of; nothing if empty.
    lang : {"en", "tc", "sc"}
        Language of the legend.

    Returns
    -------
    str
        One ``<svg>`` element without scripts and addresses; every text is escaped. The same rows
        give the same text.
    """
    events = rows.to_dict("records")
    years = _years(events)
    drawn, y = [], _TOP
    for event in events:
        lines = wrap_text(_caption(event, lang), _SIGNS)
        drawn.append(_event(event, lines, y, years))
        y += _LINE * len(lines) + 6
    heading = title or translate("timeline", "title", lang)
    size = f'viewBox="0 0 {_WIDTH} {y + 26}" width="{_WIDTH}" height="{y + 26}"'
    language = find_language(lang).html
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" lang="{language}">',
        f"<title>{_safe(heading)}</title><style>{_STYLE}</style>",
        f'<rect class="paper" width="{_WIDTH}" height="{y + 26}"/>',
        f'<text class="head" x="12" y="24">{_safe(heading)}</text>',
        *_axis(years, y),
        *drawn,
        _legend(y + 14, lang),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _years(events: Sequence[Mapping[Any, Any]]) -> tuple[int, int]:
    """Return the first year of the scale, and the year at its end."""
    if not events:
        return 2000, 2001
    first = min(int(event["first_day"][:4]) for event in events)
    return first, max(int(event["last_day"][:4]) for event in events) + 1


def _axis(years: tuple[int, int], bottom: int) -> list[str]:
    step = 1 if years[1] - years[0] <= _MANY else 2 if years[1] - years[0] <= 2 * _MANY else 5
    lines = []
    for year in range(years[0], years[1] + 1):
        x = _x(f"{year}-01-01", years)
        lines.append(f'<line class="grid" x1="{x}" x2="{x}" y1="{_TOP - 16}" y2="{bottom}"/>')
        if (year - years[0]) % (2 * step) == 0:
            lines.append(f'<text class="soft" x="{x}" y="{_TOP - 20}">{year}</text>')
    return lines


def _event(event: Mapping[Any, Any], lines: Sequence[str], y: int, years: tuple[int, int]) -> str:
    """Draw one event: its date as text, its mark or bar on the scale, and what it is."""
    start, end = _x(event["first_day"], years), _x(event["last_day"], years)
    kind = event["event_kind"] if event["event_kind"] in _KINDS else _KINDS[0]
    mark = f'<rect class="{kind}" x="{start}" y="{y - 9}" width="{max(end - start, 7):.1f}" '
    mark += f'height="9" rx="{_KINDS[kind]}"/>'
    said = "".join(
        f'<text x="{_TEXT_X}" y="{y + n * _LINE}">{_safe(line)}</text>'
        for n, line in enumerate(lines)
    )
    return f'<text class="soft" x="12" y="{y}">{_safe(event["when"])}</text>{mark}{said}'


_KINDS: Final[Mapping[Any, float]] = {"milestone": 4.5, "status": 0, "opening": 2}


def _caption(event: Mapping[Any, Any], lang: Lang) -> str:
    cited = [event["publisher"], event["as_of"]]
    if event["hedge"]:
        hedges = [translate("hedge", part, lang) for part in str(event["hedge"]).split("; ")]
        cited = [*hedges, *cited]
    cited = [str(part) for part in cited if part]
    joined = join_texts(cited, "comma", lang)
    return join_texts([str(event["event"]), *([joined] if joined else [])], "brackets", lang)


def _legend(y: int, lang: Lang) -> str:
    parts, x = [], 12
    for kind, radius in _KINDS.items():
        word = translate("timeline", kind, lang)
        parts.append(
            f'<rect class="{kind}" x="{x}" y="{y - 9}" width="9" height="9" rx="{radius}"/>'
        )
        parts.append(f'<text class="soft" x="{x + 15}" y="{y}">{_safe(word)}</text>')
        x += 240
    return "".join(parts)


def _x(day: str, years: tuple[int, int]) -> float:
    """Return where a day stands on the scale, px."""
    at = date.fromisoformat(day)
    share = (at.year + (at.timetuple().tm_yday - 1) / 366 - years[0]) / (years[1] - years[0])
    return round(_SCALE[0] + share * (_SCALE[1] - _SCALE[0]), 1)


def _safe(text: object) -> str:
    return escape(on_one_line(str(text)), quote=True)
