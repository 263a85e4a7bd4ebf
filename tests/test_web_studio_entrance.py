"""The studio's door: first run, sign in, the second factor, links, and words for each way to stay outside."""

from __future__ import annotations

import re
import shutil

import pyotp
import pytest

from tests.studio_site import KEY, PASSWORD, Person, Studio
from tryon.store import attempts
from tryon.store.accounts import list_users, remove_user, set_second_factor
from tryon.store.events import list_events
from tryon.store.links import invite, link_of, reset
from tryon.store.second_factor import new_codes
from tryon.store.sessions import list_sessions
from tryon.web.studio import entrance


async def test_the_first_owner_comes_with_the_servers_link_once(studio: Studio) -> None:
    ann, late = await studio.browser(), await studio.browser()
    assert (await ann.get("/studio")).to == "/studio/products"
    assert (await ann.get("/studio/products")).to == "/studio/sign-in"
    assert "Make the studio’s first account at" in (await ann.get("/studio/sign-in")).text
    page = await ann.get(f"/studio/join/{KEY}")
    assert (page.status, "the first one here" in page.text) == (200, True)
    form = {"email": "Ann@Shop.example", "password": PASSWORD}
    assert (await ann.post(f"/studio/join/{KEY}", form)).to == "/studio/products?done=welcome"
    assert "Welcome" in (await ann.get("/studio/products?done=welcome")).text
    for said in (await late.get(f"/studio/join/{KEY}"), await late.post(f"/studio/join/{KEY}", form)):
        assert (said.status, "an owner already" in said.text) == (410, True)
    with studio.store.read(studio.house) as tenant:
        assert [(user.email, user.role) for user in list_users(tenant)] == [("ann@shop.example", "owner")]


async def test_a_stranger_makes_no_store(studio: Studio) -> None:
    studio.store.close()
    shutil.rmtree(studio.settings.store_dir)
    stranger = await studio.browser()
    for path in ("/studio/sign-in", "/studio/products", "/studio/join/" + "x" * 43):
        await stranger.get(path)
    await stranger.post("/studio/sign-in", {"email": "a@b.example", "password": "x"})
    assert not studio.settings.store_dir.exists()
    assert (await stranger.get(f"/studio/join/{KEY}")).status == 200
    assert studio.settings.store_dir.exists()


async def test_signing_in_leads_back_and_out_again(studio: Studio) -> None:
    studio.add("ann", "owner")
    ann = await studio.browser()
    led = await ann.get("/studio/log?from=x")
    assert led.to == "/studio/sign-in?next=%2Fstudio%2Flog%3Ffrom%3Dx"
    page = await ann.get(led.to)
    back = re.search(r'name="next" value="([^"]+)"', page.text)
    assert back is not None
    wrong = await ann.post(
        "/studio/sign-in", {"email": "ann@shop.example", "password": "no", "next": back[1]}
    )
    assert (wrong.status, "is wrong" in wrong.text, 'value="ann@shop.example"' in wrong.text) == (
        401,
        True,
        True,
    )
    nobody = await ann.post("/studio/sign-in", {"email": "bob@shop.example", "password": PASSWORD})
    assert (nobody.status, "is wrong" in nobody.text) == (401, True)
    right = await ann.post(
        "/studio/sign-in", {"email": "ann@shop.example", "password": PASSWORD, "next": back[1]}
    )
    assert right.to == "/studio/log?from=x"
    cookie = right.headers["Set-Cookie"]
    assert all(word in cookie for word in ("tryon-studio=", "HttpOnly", "SameSite=Lax", "Path=/"))
    assert "Secure" not in cookie
    assert (await ann.get("/studio/log")).status == 200
    assert (await ann.get("/studio/sign-in")).to == "/studio/products"
    assert (await ann.post("/studio/sign-out")).to == "/studio/sign-in?done=out"
    assert (await ann.get("/studio/log")).to.startswith("/studio/sign-in")
    with studio.store.read(studio.house) as tenant:
        told = [event.what for event in list_events(tenant, 9)]
    assert told[:2] == ["session.closed", "session.opened"]


@pytest.mark.parametrize(
    "back", ["//evil.example", "https://evil.example/", "/v1/products", "/studio/../x", "/studio//x", "\\\\x"]
)
async def test_a_sign_in_leads_nowhere_else(studio: Studio, back: str) -> None:
    studio.add("ann", "owner")
    ann = await studio.browser()
    said = await ann.post(
        "/studio/sign-in", {"email": "ann@shop.example", "password": PASSWORD, "next": back}
    )
    assert said.to == "/studio/products"


async def test_behind_https_the_cookie_is_secure_and_no_sibling_can_plant_one(studio: Studio) -> None:
    studio.add("ann", "owner")
    ann = await studio.browser()
    form = {"email": "ann@shop.example", "password": PASSWORD}
    said = await ann.post(
        "/studio/sign-in", form, X_Forwarded_Proto="https", Origin=ann.url.replace("http:", "https:")
    )
    cookie = said.headers["Set-Cookie"]
    assert cookie.startswith("__Host-tryon-studio=")
    assert "Secure" in cookie
    secret = cookie.split("=", 1)[1].split(";")[0]
    for name, status in (("__Host-tryon-studio", 200), ("tryon-studio", 303)):
        asked = await (await studio.browser()).get(
            "/studio/log", X_Forwarded_Proto="https", Cookie=f"{name}={secret}"
        )
        assert asked.status == status


async def test_twenty_wrong_passwords_wait_and_nobody_else_does(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    # On a busy machine the tries themselves may take longer than the first wait.
    monkeypatch.setattr(attempts, "PAIR", attempts.Slowing(attempts.PAIR.free, 60_000, 60_000))
    studio.add("ann", "owner")
    guesser, ann = await studio.browser(), await studio.browser()
    form = {"email": "ann@shop.example", "password": "guess"}
    here = {"X_Forwarded_For": "203.0.113.9"}
    said = [await guesser.post("/studio/sign-in", form, **here) for _ in range(20)]
    assert [one.status for one in said[:5]] == [401] * 5
    assert {one.status for one in said[5:]} == {429}
    assert int(said[-1].headers["Retry-After"]) >= 1
    assert "Wait" in said[-1].text
    elsewhere = {"X_Forwarded_For": "198.51.100.7"}
    form["password"] = PASSWORD
    assert (await ann.post("/studio/sign-in", form, **elsewhere)).status == 303


async def test_the_second_factor_is_asked_for_before_anything_else(studio: Studio) -> None:
    user = studio.add("ann", "owner")
    secret = pyotp.random_base32()
    with studio.store.write(studio.house) as tenant:
        set_second_factor(tenant, user.id, secret)
        codes = new_codes(tenant, user.id)
    ann = await studio.browser()
    said = await ann.sign_in("ann@shop.example")
    assert said.to == "/studio/second-factor?next=/studio/products"
    assert (await ann.get("/studio/log")).to == "/studio/second-factor"
    assert (await ann.get("/studio/sign-in")).to == "/studio/second-factor"
    assert (await ann.call("GET", "/v1/products")).status == 401
    page = await ann.get("/studio/second-factor?next=/studio/log")
    assert 'value="/studio/log"' in page.text
    wrong = await ann.post("/studio/second-factor", {"code": "000000"})
    assert (wrong.status, "is wrong" in wrong.text) == (401, True)
    half = ann.cookie
    code = pyotp.TOTP(secret).now()
    right = await ann.post("/studio/second-factor", {"code": code, "next": "/studio/log"})
    assert right.to == "/studio/log"
    assert ann.cookie != half
    assert (await ann.get("/studio/log")).status == 200
    phone_lost = await studio.browser()
    await phone_lost.sign_in("ann@shop.example")
    await phone_lost.get("/studio/second-factor")
    assert (await phone_lost.post("/studio/second-factor", {"code": code})).status == 401
    assert (await phone_lost.post("/studio/second-factor", {"code": codes[0]})).status == 303


async def _follow(studio: Studio, secret: str, **form: str) -> Person:
    person = await studio.browser()
    assert (await person.get(f"/studio/join/{secret}")).status == 200
    said = await person.post(f"/studio/join/{secret}", form)
    assert said.status == 303, said.text
    return person


async def test_an_invitation_is_good_for_one_account_of_its_role(studio: Studio) -> None:
    studio.add("ann", "owner")
    with studio.store.write(studio.house) as tenant:
        _, secret = invite(tenant, "viewer", "bob@shop.example")
    bob = await studio.browser()
    page = await bob.get(f"/studio/join/{secret}")
    assert "invited as a viewer" in page.text
    weak = await bob.post(f"/studio/join/{secret}", {"password": "short"})
    assert (weak.status, "10 to 200 characters" in weak.text) == (422, True)
    # The address is the invited one, whatever the form says.
    assert (
        await bob.post(f"/studio/join/{secret}", {"password": PASSWORD, "email": "eve@x.example"})
    ).status == 303
    with studio.store.read(studio.house) as tenant:
        assert [(user.email, user.role) for user in list_users(tenant)][1] == ("bob@shop.example", "viewer")
    again = await bob.post(f"/studio/join/{secret}", {"password": PASSWORD})
    assert (again.status, "used already" in again.text) == (410, True)


async def test_a_link_for_a_new_password_ends_what_was(studio: Studio) -> None:
    user = studio.add("ann", "owner")
    thief = await studio.browser()
    await thief.sign_in("ann@shop.example")
    with studio.store.write(studio.house) as tenant:
        set_second_factor(tenant, user.id, pyotp.random_base32())
        _, secret = reset(tenant, "ann@shop.example")
    ann = await _follow(studio, secret, password="another four words here")
    assert (await ann.get("/studio/log")).status == 200
    assert (await thief.get("/studio/log")).to.startswith("/studio/sign-in")
    with studio.store.read(studio.house) as tenant:
        assert len(list_sessions(tenant, user.id)) == 1
        assert list_users(tenant)[0].totp is None


async def test_a_link_for_somebody_who_went_lets_nobody_in(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    studio.add("ann", "owner")
    user = studio.add("bob", "viewer")
    with studio.store.write(studio.house) as tenant:
        _, secret = reset(tenant, "bob@shop.example")
    bob = await studio.browser()
    # They go while the form is open: the link is looked at before that, and used after.
    found = link_of(studio.store, secret)
    with studio.store.write(studio.house) as tenant:
        remove_user(tenant, user.id)
        monkeypatch.setattr(entrance, "link_of", lambda *_: found)
        monkeypatch.setattr(entrance, "use_link", lambda *_: None)
    said = await bob.post(f"/studio/join/{secret}", {"password": PASSWORD})
    assert (said.status, "signs in here no more" in said.text) == (410, True)
    monkeypatch.undo()
    said = await bob.post(f"/studio/join/{secret}", {"password": PASSWORD})
    assert (said.status, "none of ours" in said.text) == (410, True)


async def test_links_that_are_none_say_so(studio: Studio) -> None:
    studio.add("ann", "owner")
    stranger = await studio.browser()
    said = await stranger.get("/studio/join/" + "x" * 43)
    assert (said.status, "none of ours" in said.text) == (410, True)
    assert "/studio/sign-in" in said.text
