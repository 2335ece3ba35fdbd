"""Who follows a person, and whom that person follows."""

from urllib.parse import quote

import pytest

from services.web.tests.conftest import Browser, Page, Site

LISTS = ["followers", "following"]


def listed(page: Page) -> list[str]:
    return page.texts("ul.people a")


@pytest.fixture
def crowd(site: Site, jane: Browser) -> list[str]:
    """The names of 65 people who follow jane and whom she follows, the newest first."""
    names = [f"number {number}" for number in range(65)]
    site.world.accounts.update(dict.fromkeys(names, "x"))
    for name in names:
        other = site.world.id_of(name)
        site.world.follows |= {(1, other), (other, 1)}
    return names[::-1]


def test_a_persons_page_leads_to_both_lists(anybody: Browser, jane: Browser, joe: Browser) -> None:
    jane.post("/joe/follow")
    links = anybody.go("/joe").soup.select(".person p a")
    assert [(link["href"], link.text) for link in links] == [
        ("/joe/followers", "1 follower"),
        ("/joe/following", "following 0"),
    ]


def test_followers_and_followees_are_listed(anybody: Browser, jane: Browser, joe: Browser) -> None:
    jane.post("/joe/follow")
    assert listed(anybody.go("/joe/followers")) == ["jane"]
    assert listed(anybody.go("/jane/following")) == ["joe"]
    (link,) = anybody.go("/joe/followers").soup.select("ul.people a")
    assert link["href"] == "/jane"


@pytest.mark.parametrize(
    ("which", "words", "nobody"),
    [
        ("followers", "jane's Followers", "Nobody follows jane so far."),
        ("following", "Followed by jane", "jane follows nobody so far."),
    ],
)
def test_an_empty_list_says_so(jane: Browser, which: str, words: str, nobody: str) -> None:
    page = jane.go(f"/jane/{which}")
    assert page.soup.title is not None
    assert page.soup.title.text == f"{words} | MiniTwit"
    assert page.text("h2") == words
    assert page.texts("ul.people li") == [nobody]


@pytest.mark.parametrize("which", LISTS)
def test_each_list_leads_to_the_timeline_and_to_the_other_list(jane: Browser, which: str) -> None:
    links = jane.go(f"/jane/{which}").soup.select(".person p a")
    assert [link["href"] for link in links] == ["/jane", "/jane/followers", "/jane/following"]
    assert [link["href"] for link in links if link.get("aria-current")] == [f"/jane/{which}"]


@pytest.mark.parametrize("which", LISTS)
def test_older_and_newer_lead_through_all_people_and_back(
    jane: Browser, crowd: list[str], which: str
) -> None:
    page = jane.go(f"/jane/{which}")
    seen = listed(page)
    assert page.soup.select("a[rel=prev]") == []
    while older := page.soup.select_one("a[rel=next]"):
        page = jane.go(str(older["href"]))
        seen += listed(page)
    assert seen == crowd
    back = page.soup.select_one("a[rel=prev]")
    assert back is not None
    assert listed(jane.go(str(back["href"]))) == crowd[30:60]


@pytest.mark.parametrize("which", LISTS)
def test_an_empty_page_that_is_not_the_first_leads_to_the_first(jane: Browser, which: str) -> None:
    page = jane.go(f"/jane/{which}?before=1")
    assert page.texts("ul.people li") == ["There's nobody here any more."]
    assert page.soup.select_one(f"p.aside a[href='/jane/{which}']")


@pytest.mark.parametrize("which", LISTS)
def test_the_lists_of_a_name_that_nobody_has_are_404(anybody: Browser, which: str) -> None:
    assert anybody.get(f"/nobody/{which}").status_code == 404
    assert anybody.get(f"/public/{which}").status_code == 404


@pytest.mark.parametrize("which", LISTS)
def test_any_name_works_in_an_address(site: Site, anybody: Browser, which: str) -> None:
    name = 'a "quoted" & <odd> one?#'
    site.world.accounts[name] = "x"
    page = anybody.go(f"/{quote(name)}")
    link = page.soup.select_one(f".person p a[href$='/{which}']")
    assert link is not None
    assert name in anybody.go(str(link["href"])).text("h2")


@pytest.mark.parametrize("which", LISTS)
def test_without_followers_a_list_says_that_it_is_missing(
    site: Site, jane: Browser, which: str
) -> None:
    site.stop("followers")
    page = jane.go(f"/jane/{which}")
    assert page.status == 200
    assert page.texts("p.missing[role=status]") == ["Who follows whom can't be shown right now."]
    assert page.soup.select("ul.people") == []
