"""One's own account: password, second factor, sessions."""

from __future__ import annotations

import re

import pyotp

from tests.studio_site import PASSWORD, Studio


async def test_a_new_password_signs_all_others_out(studio: Studio) -> None:
    ann = await studio.signed_in("ann", "viewer")
    phone = await studio.browser()
    await phone.sign_in("ann@shop.example")
    change = "/studio/account/password"
    wrong = await ann.post(change, {"password": "no", "new": "another four words"})
    assert (wrong.status, "not your password" in wrong.text) == (422, True)
    weak = await ann.post(change, {"password": PASSWORD, "new": "short"})
    assert (weak.status, "10 to 200" in weak.text) == (422, True)
    assert (await phone.get("/studio/account")).status == 200
    right = await ann.post(change, {"password": PASSWORD, "new": "another four words"})
    assert right.to == "/studio/account?done=password"
    assert (await ann.get("/studio/account")).status == 200
    assert (await phone.get("/studio/account")).status == 303
    assert (await phone.sign_in("ann@shop.example")).status == 401
    assert (await phone.sign_in("ann@shop.example", "another four words")).status == 303


async def test_sessions_are_listed_and_ended(studio: Studio) -> None:
    ann = await studio.signed_in("ann", "viewer")
    bob = await studio.signed_in("bob", "owner")
    phone = await studio.browser()
    await phone.sign_in("ann@shop.example")
    page = await ann.get("/studio/account")
    assert page.text.count("Firefox on Linux</strong>") == 2
    ids = re.findall(r"/studio/account/sessions/([0-9a-f]{32})/end", page.text)
    own = re.search(r"This one</span>.*?sessions/([0-9a-f]{32})/end", page.text, re.DOTALL)
    assert own is not None
    other = next(one for one in ids if one != own[1])
    assert (await bob.post(f"/studio/account/sessions/{other}/end")).status == 404
    assert (await ann.post(f"/studio/account/sessions/{other}/end")).to == "/studio/account?done=session"
    assert (await phone.get("/studio/account")).status == 303
    await phone.sign_in("ann@shop.example")
    assert (await ann.post("/studio/account/sessions/end")).to == "/studio/account?done=sessions"
    assert (await phone.get("/studio/account")).status == 303
    assert (await ann.post(f"/studio/account/sessions/{own[1]}/end")).to == "/studio/sign-in?done=out"
    assert (await ann.get("/studio/account")).status == 303


async def test_a_second_factor_is_set_up_used_and_taken_away(studio: Studio) -> None:
    ann = await studio.signed_in("ann", "editor")
    assert (await ann.post("/studio/account/factor", {"password": "no"})).status == 422
    page = await ann.post("/studio/account/factor", {"password": PASSWORD})
    secret = re.search(r'name="secret" value="([A-Z2-7]{32})"', page.text)
    assert secret is not None
    assert 'src="data:image/svg+xml' in page.text
    proof = re.search(r'name="proof" value="([0-9a-f]{64})"', page.text)
    assert proof is not None
    form = {"secret": secret[1], "proof": proof[1]}
    wrong = await ann.post("/studio/account/factor/on", {**form, "code": "000000"})
    assert (wrong.status, "not one of now" in wrong.text) == (422, True)
    assert proof[1] in wrong.text
    # Of a secret of one's own one may know the code; it needs the password all the same.
    own = pyotp.random_base32()
    forged = {"secret": own, "code": pyotp.TOTP(own).now()}
    for said in (
        forged,
        {**forged, "proof": "0" * 64},
        {**forged, "proof": proof[1]},
        {**form, "secret": "1!"},
    ):
        assert (await ann.post("/studio/account/factor/on", said)).to == "/studio/account"
    assert (await ann.post("/studio/account/codes", {"password": PASSWORD})).to == "/studio/account"
    code = pyotp.TOTP(secret[1]).now()
    right = await ann.post("/studio/account/factor/on", {**form, "code": code})
    codes = re.findall(r"<code>((?:[a-z2-9]{4}-){3}[a-z2-9]{4})</code>", right.text)
    assert len(set(codes)) == 10
    assert "<strong>10</strong> recovery codes" in (await ann.get("/studio/account")).text
    renewed = await ann.post("/studio/account/codes", {"password": PASSWORD})
    assert codes[0] not in renewed.text
    assert (await ann.post("/studio/account/factor/off", {"password": "no"})).status == 422
    assert (
        await ann.post("/studio/account/factor/off", {"password": PASSWORD})
    ).to == "/studio/account?done=factor-off"
    phone = await studio.browser()
    assert (await phone.sign_in("ann@shop.example")).to == "/studio/products"
    assert (await ann.post("/studio/account/codes", {"password": PASSWORD})).to == "/studio/account"
