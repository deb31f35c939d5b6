"""The status page of a real server with a job that runs, in headless Chromium."""

import base64
import json
import os
import ssl
import subprocess
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from weft_interop import models
from weft_interop.browser import Chromium
from weft_interop.federation import Home, free_port, unpacked

ROUNDS = 10

JOB = f"""\
name: words
workflow: {{type: fedavg, rounds: {ROUNDS}}}
model: {{backend: hf, base: base}}
strategy: {{type: lora, rank: 4, alpha: 8, targets: [q_proj, v_proj]}}
data: {{train: words, validate: words-eval, maxLength: 64}}
train: {{lr: 5.0e-3, batch: 4, epochs: 1, seed: 3, precision: fp32}}
"""

# Every state and every number of points of a curve that the page has shown, without a look from outside.
RECORD = """
    window.shown = {states: [], points: []};
    const look = () => {
        const state = document.querySelector("#jobs-table tbody .state");
        if (state && shown.states.at(-1) !== state.textContent) { shown.states.push(state.textContent); }
        const curve = document.querySelector('figure[data-curves="Training loss"] polyline.global');
        const points = curve ? curve.points.length : 0;
        if (shown.points.at(-1) !== points) { shown.points.push(points); }
    };
    new MutationObserver(look).observe(document, {subtree: true, childList: true, attributes: true, characterData: true});
    look();
"""


@pytest.fixture
def federation(weft, tmp_path, generator):
    """A server, and two sites that are not started yet."""
    port, page = free_port(), free_port()
    (tmp_path / "project.yaml").write_text(f"""\
name: two-clinics
server: {{host: localhost, port: {port}}}
sites: [{{name: north-1, organisation: north}}, {{name: south-1, organisation: south}}]
admins: [{{name: lead@example.org, organisation: north, role: lead}}]
""")
    weft.run("provision", tmp_path / "project.yaml", "--out", tmp_path / "kits")
    models.checkpoint(tmp_path / "base", tie_word_embeddings=True)
    (tmp_path / "job.yaml").write_text(JOB)
    homes = {"server": Home.of(unpacked("server", tmp_path), tmp_path / "homes" / "server", tmp_path / "kits" / "server",
                               {"status-page.yaml": f"port: {page}\n"})}
    site = unpacked("site", tmp_path)
    for name, count in (("north-1", 24), ("south-1", 13)):
        home = Home.of(site, tmp_path / "homes" / name, tmp_path / "kits" / name, {
            "datasets.yaml": "words: {files: [words.jsonl]}\nwords-eval: {files: [words-eval.jsonl]}\n",
            "models.yaml": f"base: {{folder: '{tmp_path / 'base'}'}}\n"})
        models.write_lines(home.folder / "words.jsonl", models.records(count, generator))
        models.write_lines(home.folder / "words-eval.jsonl", models.records(count // 2, generator))
        homes[name] = home
    try:
        homes["server"].start()
        yield homes, tmp_path, f"https://localhost:{page}/"
    finally:
        for home in homes.values():
            home.stop()


def digest_of_key(certificate):
    """SHA-256 of a certificate's public key, as Chromium names it."""
    key = subprocess.run(["openssl", "x509", "-in", certificate, "-pubkey", "-noout"], capture_output=True, check=True).stdout
    der = subprocess.run(["openssl", "pkey", "-pubin", "-outform", "der"], input=key, capture_output=True, check=True).stdout
    return base64.b64encode(subprocess.run(["openssl", "dgst", "-sha256", "-binary"], input=der, capture_output=True,
                                           check=True).stdout).decode()


@pytest.fixture
def browser(federation, tmp_path):
    (tmp_path / "browser").mkdir()
    made = Chromium(tmp_path / "browser", digest_of_key(tmp_path / "kits" / "server" / "certificate.pem"))
    yield made
    made.close()


def test_shows_a_job_live_from_its_wait_to_its_end(federation, browser, weft, tmp_path):
    homes, _, page = federation
    kit = tmp_path / "kits" / "lead@example.org"
    homes["north-1"].start()
    job = weft.run("submit", tmp_path / "job.yaml", "--kit", kit).strip()

    once = homes["server"].run("status", "--page").strip()
    assert once.startswith(page + "?token=")
    browser.size(1000, 660)
    browser.open(once)
    assert browser.value("location.href") == page
    browser.until("document.getElementById('connection').textContent === 'live'")
    browser.until("document.querySelector('#sites').textContent.includes('1 of 2 connected')")
    browser.until("document.querySelector('#jobs-table').textContent.includes('waits for site south-1 to connect')")
    browser.value(RECORD)

    homes["south-1"].start()
    browser.until(f"document.querySelectorAll('#jobs-table tbody tr')[0].textContent.includes('FINISHED{ROUNDS} of {ROUNDS}')")
    browser.until(f"document.querySelector('figure[data-curves=\"Validation loss\"] polyline.global')?.points.length === {ROUNDS + 1}")

    shown = browser.value("shown")
    assert shown["states"] == ["SUBMITTED", "RUNNING", "FINISHED"]
    assert len([points for points in shown["points"] if 0 < points < ROUNDS]) > 0, "no curve grew while the job ran"
    assert shown["points"][-1] == ROUNDS
    assert browser.value("document.querySelector('#sites').textContent").startswith("2 of 2 connected")
    assert browser.value("Array.from(document.querySelectorAll('figure[data-curves=\"Training loss\"] polyline[data-series]'),"
                         " one => one.dataset.series)") == ["north-1", "south-1", "all sites"]

    # What the curve says is what the job has on record.
    folder = homes["server"].folder / "data" / "jobs" / job
    losses = [line["loss"] for line in map(json.loads, (folder / "metrics.jsonl").read_text().splitlines())
              if line["kind"] == "train" and line["site"] == "north-1"]
    browser.value("document.querySelectorAll('details.numbers').forEach(one => { one.open = true; })")
    listed = browser.value("Array.from(document.querySelectorAll('figure[data-curves=\"Training loss\"] tbody tr'),"
                           " row => Number(row.children[1].textContent))")
    assert listed == pytest.approx(losses[::-1], rel=1e-4)
    words = browser.value("document.querySelector('figure[data-curves=\"Training loss\"] svg').getAttribute('aria-label')")
    assert words.startswith("Training loss by round. north-1: from ")
    browser.value("document.querySelectorAll('details.numbers').forEach(one => { one.open = false; })")

    if "WEFT_PICTURE" in os.environ:
        browser.picture(Path(os.environ["WEFT_PICTURE"]))

    # A phone, dark: nothing is wider than the screen.
    light = browser.value("getComputedStyle(document.body).backgroundColor")
    browser.size(360, 740, dark=True)
    assert browser.value("document.documentElement.scrollWidth") <= 360
    assert browser.value("getComputedStyle(document.body).backgroundColor") != light
    if "WEFT_PHONE_PICTURE" in os.environ:
        browser.picture(Path(os.environ["WEFT_PHONE_PICTURE"]))

    # Heads and names stay what they are also where tables are laid out as blocks.
    assert browser.value("Array.from(document.querySelectorAll('table'), one => one.getAttribute('role') === 'table'"
                         " && one.caption.textContent.length > 0).every(Boolean)")
    browser.value("1")
    assert browser.errors == []


def test_admits_an_admins_certificate_and_nobody_else(federation):
    _, folder, page = federation
    kits = folder / "kits"

    def asks(kit=None, path=""):
        tls = ssl.create_default_context(cafile=kits / "server" / "ca.pem")
        if kit:
            tls.load_cert_chain(kits / kit / "certificate.pem", kits / kit / "key.pem")
        try:
            with urllib.request.urlopen(page + path, context=tls, timeout=60) as answer:
                return answer.status
        except urllib.error.HTTPError as refused:
            return refused.code

    assert asks("lead@example.org") == 200
    assert asks("lead@example.org", "kit/key.pem") == 404
    assert asks("north-1") == 403
    assert asks() == 401
    assert asks(path="?token=guessed") == 401
