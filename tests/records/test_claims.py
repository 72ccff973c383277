"""Published areas: the most official is believed, and every claim is kept."""

import pytest

from nmgeo.catalog import open_catalog
from nmgeo.records.policies import best_published_areas, read_claims


def said(*rows):
    """Build claims of an area of one site: (hectares, date, class of the source)."""
    frame = read_claims(open_catalog()).iloc[[0] * len(rows)].copy()
    frame[["subject", "attribute", "basis", "unit"]] = ["lot", "area", "whole", "ha"]
    frame[["value", "as_of", "source_class"]] = [[str(row[0]), *row[1:]] for row in rows]
    return frame


@pytest.mark.parametrize(
    ("site", "basis", "hectares", "source_class", "as_of"),
    [
        ("hetao_hk_park", "park", 87, "official", "2021-10-06"),
        ("san_tin_technopole", "development_area_excl_loop", 539, "official", "2024-02-02"),
        ("san_tin_technopole", "ozp_scheme_area", 1004, "official", "2024-09-20"),
        ("sandy_ridge", "tender_lot", 11.6365, "reprinted_official", "2025-10-10"),
    ],
)
def test_the_published_area_of_an_outline_is_known(site, basis, hectares, source_class, as_of):
    best = best_published_areas(read_claims(open_catalog())).loc[(site, basis)]

    assert best["published_area_ha"] == pytest.approx(hectares, abs=1e-9)
    assert (best["published_source_class"], best["published_as_of"]) == (source_class, as_of)
    assert best["published_source_url"].startswith("http")


def test_the_published_area_of_the_park_is_cited_from_its_official_source():
    assert best_published_areas(read_claims(open_catalog())).loc[
        ("hetao_hk_park", "park"), "published_source"
    ] == ("HT15")


@pytest.mark.parametrize(
    ("rows", "hectares", "others"),
    [
        ([(1, "2020", "official"), (2, "2026", "press")], 1, "2"),
        ([(1, "2020", "official"), (2, "2026", "official")], 2, "1"),
        ([(1, "2026", "reprinted_official"), (2, "2020", "official")], 2, "1"),
        ([(1, "2026", "ngo"), (2, "2020", "press"), (3, "2026", "other")], 2, "1; 3"),
        ([(1, "2024", "press"), (2, "2024-12-27", "press"), (3, "2023", "press")], 2, "1; 3"),
        ([(1, "2020", "other")], 1, ""),
    ],
)
def test_the_most_official_area_is_believed_and_then_the_newest(rows, hectares, others):
    best = best_published_areas(said(*rows)).loc[("lot", "whole")]

    assert (best["published_area_ha"], best["also_published_ha"]) == (hectares, others or None)


def test_three_dated_claims_of_one_area_are_all_kept():
    claims = read_claims(open_catalog())
    park = claims[(claims["subject"] == "hetao_hk_park") & (claims["basis"] == "park")]

    assert park[["value", "as_of"]].to_numpy().tolist() == [
        ["87", "2021-10-06"],
        ["87", "2023-08-29"],
        ["87", "2024-11-20"],
    ]
