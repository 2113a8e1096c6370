"""The page on the quality of a contacts file: what is missing is seen and said, jumps and changes are named."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from evalkit.cli import commands
from evalkit.contacts import read_table
from evalkit.contacts.profile import profile_contacts
from evalkit.contacts.shifts import level_shift
from evalkit.errors import ReportError
from evalkit.report import data_quality_html, write_data_quality
from evalkit.report.disclosure import internal_mark

HOSTILE = '<script>alert("x")</script>'


def contacts(**changes):
    generator = np.random.default_rng(20240115)
    rows = [
        {
            "region": region,
            "channel": channel,
            "period": str(period),
            "contacts": int(generator.poisson(20)),
            "exposure": 1000,
        }
        for region in ("Ashmere", "Brayford", HOSTILE)
        for channel in ("helpline", "chat")
        for period in pd.period_range("2018-01", "2020-12", freq="M")
    ]
    frame = pd.DataFrame(rows)
    for change in changes.values():
        frame = change(frame)
    return read_table(frame)


def without(frame, region, channel, first, last):
    gone = (frame["region"] == region) & (frame["channel"] == channel) & frame["period"].between(first, last)
    return frame[~gone]


def test_gaps_are_drawn_and_named():
    table = contacts(gap=lambda frame: without(frame, "Brayford", "chat", "2019-03", "2019-05"))
    page = data_quality_html(table)
    assert "Gaps: Brayford: 2019-03 to 2019-05." in page
    assert page.count('fill="url(#hatch-chat)"') == 1
    assert page.count('fill="url(#hatch-helpline)"') == 0
    assert re.search(
        r'role="img"[^>]*aria-label="Counts of the channel chat by region and period: 3 regions, 36 periods, 3 cells',
        page,
    )


def test_the_page_shows_exact_counts_and_is_marked_as_internal():
    def outlier(frame):
        here = (frame["region"] == "Brayford") & (frame["channel"] == "chat") & (frame["period"] == "2019-06")
        return frame.assign(contacts=frame["contacts"].where(~here, 413))

    page = data_quality_html(contacts(outlier=outlier))
    assert page.index(internal_mark()) < page.index(">413<")
    assert page.count(internal_mark()) == 2


def test_the_page_is_not_written_among_published_files(tmp_path):
    (tmp_path / "manifest.json").write_text('{"reports": [], "disclosure": {"profile": "default"}}')
    with pytest.raises(ReportError, match="would show counts as they were counted"):
        write_data_quality(contacts(), tmp_path / "regions" / "quality.html")
    assert not (tmp_path / "regions").exists()
    assert write_data_quality(contacts(), tmp_path / "internal" / "quality.html").exists()


def test_the_page_is_whole_and_safe():
    page = data_quality_html(contacts())
    assert HOSTILE not in page
    assert not re.search(r'(src|href)="(?!data:|#)', page)
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    HTMLParser().feed(page)


def test_an_outlier_is_found_and_chance_is_not():
    assert profile_contacts(contacts()).outliers == ()

    def error(frame):
        frame.loc[
            (frame["region"] == "Ashmere") & (frame["period"] == "2019-06") & (frame["channel"] == "chat"), "contacts"
        ] = 200
        return frame

    (found,) = profile_contacts(contacts(error=error)).outliers
    assert (found.region, found.channel, found.period, found.contacts) == ("Ashmere", "chat", "2019-06", 200)


def test_series_that_begin_late_and_exposure_that_jumps_are_changes():
    def opened(frame):
        frame = without(frame, "Ashmere", "chat", "2018-01", "2018-12")
        frame.loc[(frame["region"] == "Brayford") & (frame["period"] >= "2020-01"), "exposure"] = 1500
        return frame

    profile = profile_contacts(contacts(opened=opened))
    assert profile.begins == (("Ashmere", "chat", "2019-01"),)
    assert profile.exposure_jumps == (("Brayford", "2020-01", 1.5),)
    page = data_quality_html(profile.contacts)
    assert "Chat begins in 2019-01 in Ashmere." in page
    assert "The exposure of Brayford changes by" in page


def test_zeros_that_become_common_are_a_jump():
    def emptied(frame):
        frame.loc[(frame["region"] != "Ashmere") & (frame["period"] >= "2019-07"), "contacts"] = 0
        return frame

    profile = profile_contacts(contacts(emptied=emptied))
    assert profile.zeros["helpline"].place == 18
    assert "The share of zeros among the counts of the channel helpline goes from" in data_quality_html(
        profile.contacts
    )


def test_a_trail_of_other_counts_is_not_used():
    table = contacts()
    assert profile_contacts(table, {"content_hash": "0" * 64}).audit is None
    assert "No audit trail of an ingest stands beside the file" in data_quality_html(table, audit={"content_hash": "0"})


@pytest.mark.parametrize("seed", range(3))
def test_a_steady_share_does_not_jump_and_one_that_does_is_found(seed):
    generator = np.random.default_rng(seed)
    whole = generator.integers(80, 120, 36)
    steady = generator.binomial(whole, 0.1)
    assert level_shift(steady, whole) is None
    changed = np.where(np.arange(36) < 20, steady, generator.binomial(whole, 0.35))
    found = level_shift(changed, whole)
    assert found is not None
    assert abs(found.place - 20) <= 1
    assert found.after - found.before == pytest.approx(0.25, abs=0.06)


def test_validate_writes_the_page(tmp_path):
    file = contacts().to_csv(tmp_path / "contacts.csv")
    arguments = ["validate", str(file), "--report", str(tmp_path / "page.html")]
    run = CliRunner().invoke(commands, arguments, catch_exceptions=False)
    assert run.exit_code == 0
    assert "Quality of the counts" in (tmp_path / "page.html").read_text(encoding="utf-8")
    two = CliRunner().invoke(commands, [*arguments, str(file)])
    assert "--report is about one contacts file" in str(two.exception)
