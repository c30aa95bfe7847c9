from __future__ import annotations


async def test_it_says_who_reads_and_why(served):
    async with served.browser("auditor", purpose="review of Q3") as browser:
        status, text, _ = await browser.get("/console/session")
        assert status == 200
        for part in ("officer", "auditor", "acme", "review of Q3"):
            assert part in text


async def test_a_purpose_is_a_few_words(served):
    async with served.browser("auditor") as browser:
        csrf = await browser.csrf()
        for purpose in ("", "ab", "x" * 201):
            assert (await browser.post("/console/session/purpose", csrf=csrf, purpose=purpose))[0] == 400
        await browser.post("/console/session/purpose", csrf=csrf, purpose=" request \n DSR-8 ")
        assert (await served.logins.session(browser.token)).purpose == "request DSR-8"
