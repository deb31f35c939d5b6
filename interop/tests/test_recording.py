"""The script that draws a run as an SVG, and what the README shows."""

import subprocess
import sys
import xml.etree.ElementTree as xml
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SVG = "{http://www.w3.org/2000/svg}"

PROGRAM = r"""
printf 'first\n\033[1mstep 1/2\033[0m\n'
sleep 0.2
printf '\033[1A\r\033[J\033[2mstep 2/2\033[0m <&>\n%s/result\n' "$0"
"""


def test_the_last_screen_is_what_a_terminal_shows(tmp_path):
    svg = tmp_path / "run.svg"
    subprocess.run([sys.executable, ROOT / "examples/quickstart/make/record.py", svg, "sh", "-c", PROGRAM, str(ROOT)], check=True)

    tree = xml.parse(svg).getroot()
    lines = {text.get("id"): "".join(text.itertext()) for text in tree.iter(SVG + "text")}
    *early, last = ([lines[use.get("href")[1:]] for use in frame.iter(SVG + "use")] for frame in tree.iter(SVG + "g"))
    assert last[-3:] == ["first", "step 2/2 <&>", "~/weft/result"]
    assert any(frame[-2:] == ["first", "step 1/2"] for frame in early)


def test_the_readme_shows_one_that_github_can_show():
    text = (ROOT / "docs/quick-start.svg").read_text(encoding="utf-8")
    assert "docs/quick-start.svg" in (ROOT / "README.md").read_text(encoding="utf-8")
    assert len(text.encode()) <= 150_000
    assert "<script" not in text and "http" not in text.replace("http://www.w3.org/2000/svg", "")
    assert str(Path.home()) + "/" not in text and "federated" in text
