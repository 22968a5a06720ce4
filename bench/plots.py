# SPDX-License-Identifier: MIT
"""Bar charts as SVG, readable on light and on dark pages."""
from html import escape

WIDTH, LEFT, RIGHT = 720, 120, 80
TOP, BAR, GAP = 34, 18, 8
OURS, FLOOR, OTHERS = "#2f6fde", "#8a8f98", "#c9a227"


def colour(server):
    return {"tautline": OURS, "tautline_release": OURS, "floor": FLOOR}.get(server, OTHERS)


def bar_chart(title, bars, number):
    """`bars`: (name, value), each drawn to the scale of the greatest."""
    greatest = max(value for _, value in bars) or 1
    height = TOP + len(bars) * (BAR + GAP) + GAP
    lines = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
             f'width="{WIDTH}" height="{height}" font-family="sans-serif" font-size="12">',
             "<style>text{fill:#24292f}@media(prefers-color-scheme:dark){text{fill:#e6edf3}}"
             "</style>",
             f"<title>{escape(title)}</title>",
             f'<text x="8" y="20" font-size="14">{escape(title)}</text>']
    for index, (name, value) in enumerate(bars):
        y = TOP + index * (BAR + GAP)
        length = max(1, round((WIDTH - LEFT - RIGHT) * value / greatest))
        lines += [f'<text x="{LEFT - 8}" y="{y + 13}" text-anchor="end">{escape(name)}</text>',
                  f'<rect x="{LEFT}" y="{y}" width="{length}" height="{BAR}" '
                  f'fill="{colour(name)}"/>',
                  f'<text x="{LEFT + length + 6}" y="{y + 13}">{escape(number(value))}</text>']
    return "\n".join(lines) + "\n</svg>\n"
