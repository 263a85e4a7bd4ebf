"""People: invitations, roles, removing."""

from __future__ import annotations

import re

from tests.studio_site import PASSWORD, Studio
from tryon.store.accounts import list_users
from tryon.store.links import list_links
from tryon.store.merchants import add_merchant


async def test_somebody_is_invited_promoted_and_removed(studio: Studio) -> None:
    ann = await studio.signed_in("ann", "owner")
    page = await ann.post("/studio/people", {"email": "bob@shop.example", "role": "editor"})
    link = re.search(r'<code id="link">http://127[^<]+(/studio/join/[\w-]{43})</code>', page.text)
    assert link is not None
    assert link[1] not in (await ann.get("/studio/people")).text
    bob = await studio.browser()
    await bob.get(link[1])
    assert (await bob.post(link[1], {"password": PASSWORD})).status == 303
    listed = await ann.get("/studio/people")
    user = re.search(r"bob@shop\.example.*?/studio/people/([0-9a-f]{32})/role", listed.text, re.DOTALL)
    assert user is not None
    assert (await bob.get("/studio/people")).status == 403
    assert (
        await ann.post(f"/studio/people/{user[1]}/role", {"role": "owner"})
    ).to == "/studio/people?done=role"
    assert (await bob.get("/studio/people")).status == 200
    assert (await ann.post(f"/studio/people/{user[1]}/role", {"role": "king"})).status == 422
    anew = await ann.post(f"/studio/people/{user[1]}/reset")
    assert "A link for a new password" in anew.text
    assert (await ann.post(f"/studio/people/{user[1]}/remove")).to == "/studio/people?done=removed"
    assert (await bob.get("/studio/products")).status == 303
    assert "Somebody who is removed" in (await ann.get("/studio/log")).text
    assert "bob@shop.example" not in (await ann.get("/studio/log")).text


async def test_mistakes_have_words(studio: Studio) -> None:
    ann = await studio.signed_in("ann", "owner")
    for form, says in (
        ({"email": "bob", "role": "editor"}, "no e-mail address"),
        ({"email": "ann@shop.example", "role": "editor"}, "here already"),
        ({"email": "", "role": "x"}, "A role is"),
    ):
        said = await ann.post("/studio/people", form)
        assert (said.status, says in said.text) == (422, True)
    own = re.search(r"/studio/people/([0-9a-f]{32})/role", (await ann.get("/studio/people")).text)
    assert own is not None
    for way, form in (("role", {"role": "viewer"}), ("remove", {})):
        said = await ann.post(f"/studio/people/{own[1]}/{way}", form)
        assert (said.status, "has to be an owner" in said.text) == (422, True)


async def test_a_link_that_waits_is_withdrawn(studio: Studio) -> None:
    ann = await studio.signed_in("ann", "owner")
    page = await ann.post("/studio/people", {"email": "", "role": "viewer"})
    link = re.search(r"(/studio/join/[\w-]{43})", page.text)
    waiting = re.search(r"/studio/links/[0-9a-f]{32}/withdraw", (await ann.get("/studio/people")).text)
    assert link is not None
    assert waiting is not None
    assert (await ann.post(waiting[0])).to == "/studio/people?done=withdrawn"
    assert (await (await studio.browser()).get(link[1])).status == 410


async def test_another_merchants_people_are_out_of_reach(studio: Studio) -> None:
    add_merchant(studio.store, "other")
    eve = studio.add("eve", "owner", "other")
    ann = await studio.signed_in("ann", "owner")
    for way in ("role", "reset", "remove"):
        assert (await ann.post(f"/studio/people/{eve.id}/{way}", {"role": "viewer"})).status == 404
    with studio.store.read(eve.merchant_id) as tenant:
        assert list_users(tenant) == (eve,)
        assert list_links(tenant) == ()
    assert "eve@" not in (await ann.get("/studio/people")).text
    browser = await studio.browser()
    assert (await browser.sign_in("eve@shop.example")).status == 303
