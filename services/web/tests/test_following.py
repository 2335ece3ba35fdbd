"""Following people, and no longer."""

import pytest

from services.web.tests.conftest import Browser, Site
from web.cookies import MOST_TOLD


@pytest.mark.contract("B /{name}/follow, /{name}/unfollow: POST; GET for old links: flash, 302")
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_following_and_unfollowing(site: Site, jane: Browser, joe: Browser, method: str) -> None:
    answer = jane.http.open("/joe/follow", method=method)
    assert (answer.status_code, answer.location) == (302, "/joe")
    assert jane.go("/joe").texts("ul.flashes li") == ['You are now following "joe"']
    assert site.world.follows == {(1, 2)}
    answer = jane.http.open("/joe/unfollow", method=method)
    assert (answer.status_code, answer.location) == (302, "/joe")
    assert jane.go("/joe").texts("ul.flashes li") == ['You are no longer following "joe"']
    assert site.world.follows == set()


@pytest.mark.contract("B Flashes: Quotes must come out as &#34;")
def test_quotes_come_out_as_the_letters_that_suites_look_for(jane: Browser, joe: Browser) -> None:
    jane.post("/joe/follow")
    assert "<li>You are now following &#34;joe&#34;</li>" in jane.go("/joe").html


@pytest.mark.contract("B Flashes, in <ul class=flashes><li>")
def test_flashes_stand_in_their_list_and_are_told_once(jane: Browser, joe: Browser) -> None:
    jane.post("/joe/follow")
    html = jane.go("/joe").html
    assert "<ul class=flashes>" in html
    assert jane.go("/joe").texts("ul.flashes") == []


@pytest.mark.parametrize("verb", ["follow", "unfollow"])
def test_a_form_rendered_for_another_user_changes_nothing(
    site: Site, jane: Browser, joe: Browser, verb: str
) -> None:
    site.world.follows = {(1, 2)} if verb == "unfollow" else set()
    before = site.world.follows.copy()
    (form,) = jane.go("/joe").soup.select(f"form:has(.{verb})")
    assert form.select_one("[name=author]")["value"] == "jane"  # type: ignore[index]
    answer = jane.post(f"/joe/{verb}", author="joe")
    assert answer.status_code == 409
    assert site.world.follows == before
    assert jane.post(f"/joe/{verb}", author="jane").status_code == 302
    assert site.world.follows != before


def test_what_was_told_again_before_it_was_read_stands_last(jane: Browser, joe: Browser) -> None:
    for verb in ("follow", "unfollow", "follow"):
        jane.post(f"/joe/{verb}")
    assert jane.go("/joe").texts("ul.flashes li") == [
        'You are no longer following "joe"',
        'You are now following "joe"',
    ]


def test_only_the_newest_unread_flashes_are_kept_so_the_cookie_stays_small(site: Site) -> None:
    """A script that only sends: the gateway would refuse a cookie that grew each time."""
    names = [letter * 95 for letter in "abcdefghijklmnopqrstuvwxyz"]
    jane = site.browser()
    for name in ("jane", *names):
        jane.register(name)
    jane.log_in("jane")
    for name in names:
        jane.post(f"/{name}/follow")
    cookie = jane.http.get_cookie("minitwit")
    assert cookie is not None
    assert len(cookie.value) < 1_000
    assert jane.go("/").texts("ul.flashes li") == [
        f'You are now following "{name}"' for name in names[-MOST_TOLD:]
    ]


@pytest.mark.contract("B /{name}/follow: 401 anonymous (before 404); 404 unknown")
@pytest.mark.parametrize("verb", ["follow", "unfollow"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_anonymous_follow_is_401_before_the_name_is_checked(
    anybody: Browser, jane: Browser, verb: str, method: str
) -> None:
    for name in ("nobody", "login", "x" * 101, "%00", "%2e%2e"):
        assert anybody.http.open(f"/{name}/{verb}", method=method).status_code == 401
        assert jane.http.open(f"/{name}/{verb}", method=method).status_code == 404


def test_names_with_dots_reach_no_other_address_of_followers(site: Site, jane: Browser) -> None:
    site.world.calls.clear()
    assert jane.post("/%2e%2e/follow").status_code == 404
    assert not [call for call in site.world.calls if call.startswith("followers")]
