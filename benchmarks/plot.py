"""The figures as an SVG: for each workload, a bar per server, as long as its requests per CPU second."""

from collections.abc import Sequence
from html import escape
from typing import Final

from benchmarks.measure import Series
from benchmarks.report import by_workload

_WIDTH: Final = 900
_LABELS: Final = 300
_FIGURES: Final = 90
_BAR: Final = 16
_GAP: Final = 6
_PANEL_GAP: Final = 26
_STYLE: Final = """
text { font: 12px system-ui, sans-serif; fill: #1f2328; } .title { font-weight: 600; }
.figure { font-variant-numeric: tabular-nums; } .peer { fill: #b6bec9; } .ours { fill: #0a7ea4; }
@media (prefers-color-scheme: dark) { text { fill: #e6edf3; } .peer { fill: #57606a; } .ours { fill: #38bdf8; } }
"""


def svg(series: Sequence[Series]) -> str:
    """Return the plot as text; it needs no script and follows the reader's colour scheme."""
    drawn: list[str] = []
    top = 8
    for found in by_workload(series):
        top = _panel(drawn, found, top) + _PANEL_GAP
    height = max(top - _PANEL_GAP, 0) + 8
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img"'
        f' aria-label="Answers per CPU second, by workload and server">\n<style>{_STYLE}</style>\n'
        + "\n".join(drawn)
        + "\n</svg>\n"
    )


def _panel(drawn: list[str], series: Sequence[Series], top: int) -> int:
    """Draw one workload from `top` on; return where it ends."""
    title = f"{series[0].workload.title} – answers per CPU second"
    drawn.append(f'<text class="title" x="0" y="{top + 12}">{escape(title)}</text>')
    top += 22
    values = [(one, one.median(lambda sample: sample.per_cpu_second)) for one in series]
    longest = max(value for _, value in values)
    for one, value in sorted(values, key=lambda pair: -pair[1]):
        length = max(1.0, (_WIDTH - _LABELS - _FIGURES) * value / longest)
        kind = "ours" if one.contender.ours else "peer"
        text_y = top + _BAR - 4
        drawn.append(f'<text x="{_LABELS - 8}" y="{text_y}" text-anchor="end">{escape(one.contender.name)}</text>')
        drawn.append(
            f'<rect class="{kind}" x="{_LABELS}" y="{top}" width="{length:.1f}" height="{_BAR}" rx="2"/>'
            f'<text class="figure" x="{_LABELS + length + 6:.1f}" y="{text_y}">{value:,.0f}</text>'
        )
        top += _BAR + _GAP
    return top
