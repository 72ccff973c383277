"""Words that new readers took for riddles, in the places where they met them."""

import pytest

import nmgeo as nm
from nmgeo.commands.policy_card import policy_card


@pytest.mark.parametrize(
    ("lang", "item", "figure"), [("en", "land area", "11.64 ha"), ("tc", "土地面積", "11.64公頃")]
)
def test_what_a_tender_offers_in_hectares_is_land_and_not_an_amount(lang, item, figure):
    card = policy_card("sandy_ridge_tender", lang=lang).set_index("item")

    assert card.loc[item, "figure"] == figure
    assert policy_card("nias", lang="en")["item"].eq("amount").any()  # of money it is


@pytest.mark.parametrize(
    ("lang", "figure"), [("en", "36 times (pledge by the winner)"), ("tc", "36倍（中標者承諾）")]
)
def test_a_multiple_says_that_it_is_one(lang, figure):
    rows = nm.claims("sandy_ridge", lang=lang).set_index("attribute")

    assert rows.loc["compute_multiple", "figure"] == figure


def test_a_class_of_the_legend_says_what_is_counted(page):
    layer = "{classes: [{label: 'AGR', count: 1200, hectares: 60, pattern: '', colour: '#0072b2'}]}"
    rows = f"MapView.classRows({layer}).map(one => one.textContent)"

    assert page.evaluate(rows) == ["AGR (features: 1,200, 60.0 ha)"]
    page.evaluate("NM.set({lang: 'tc'})")
    assert page.evaluate(rows) == ["AGR (1,200個圖徵，60.0公頃)"]
    page.evaluate("NM.set({lang: 'en'})")
    assert page.evaluate(rows.replace("hectares: 60", "hectares: 0")) == ["AGR (features: 1,200)"]


@pytest.mark.parametrize(
    ("lang", "said"), [("en", "accuracy ±2 m"), ("tc", "誤差±2米"), ("sc", "误差±2米")]
)
def test_an_accuracy_says_what_it_is(page, lang, said):
    page.evaluate(f"NM.set({{lang: '{lang}'}})")

    assert page.evaluate("NM.errorText(2)") == said
