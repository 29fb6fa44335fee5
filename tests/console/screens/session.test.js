// Signing in: a token for a cookie; who only looks changes nothing; who has none sees nothing.
import assert from "node:assert/strict";
import { test } from "node:test";
import { look } from "../rig/browser.js";
import { onStage } from "../rig/stage.js";
import { until } from "../rig/tropa.js";

const TOKENS = { TROPA_ADMIN_TOKEN: "admin-token-of-the-tests", TROPA_OPERATOR_TOKEN: "operator-token-of-the-tests", TROPA_VIEWER_TOKEN: "viewer-token-of-the-tests" };

async function signIn(page, token) {
  await page.locator("input[name=token]").fill(token);
  await page.keyboard.press("Enter");
}

onStage("a session", (stage) => {
  test("is opened by a token, and closed; a wrong one is refused", () => look(`${stage.tropa.url}/orders`, async (page) => {
    page.allowed.push(/40[13]/);
    await signIn(page, "no-such-token-at-all");
    await page.locator(".failure").waitFor();
    await signIn(page, TOKENS.TROPA_ADMIN_TOKEN);
    await until("the screen that was asked for is there", async () => (await page.locator("h1#title").innerText()) === "Orders");
    const cookie = (await page.context().cookies()).find((each) => each.name === "tropa_session");
    assert.deepEqual({ httpOnly: cookie.httpOnly, sameSite: cookie.sameSite }, { httpOnly: true, sameSite: "Strict" });
    assert.match(await page.locator(".who").innerText(), /chaos/);
    await page.reload();
    await until("it lasts", async () => (await page.locator("h1#title").innerText()) === "Orders");
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.locator("input[name=token]").waitFor();
    await page.reload();
    await page.locator("input[name=token]").waitFor();
  }));

  test("of a viewer shows all, and lets nothing be done", () => look(`${stage.tropa.url}/supervision?view=grid`, async (page) => {
    page.allowed.push(/40[13]/);
    await signIn(page, TOKENS.TROPA_VIEWER_TOKEN);
    const row = page.locator("tr[data-path='/tropa/outbox/relay']");
    await row.waitFor();
    await row.locator("td").nth(2).click();
    const kill = page.locator(".act-bar").getByRole("button", { name: "Kill", exact: true });
    assert.equal(await kill.isDisabled(), true);
    assert.match(await kill.getAttribute("title"), /chaos/);
    // Not by the button alone: the server says no, with the cookie and its token against forgery.
    const answered = await page.evaluate(async () => {
      const who = await (await fetch("/api/v1/session")).json();
      const answer = await fetch("/api/v1/actors/tropa/outbox/relay/kill", { method: "POST", headers: { "content-type": "application/json", "x-csrf-token": who.csrf }, body: JSON.stringify({ reason: "try" }) });
      return answer.status;
    });
    assert.equal(answered, 403);
    await until("the attempt is audited", async () => (await stage.tropa.get("/audit?action=actor.kill")).entries.some((entry) => entry.outcome === "refused"));
  }));

  test("of an operator restarts, and does not kill; a request without the token against forgery does nothing", () => look(`${stage.tropa.url}/supervision?view=grid`, async (page) => {
    page.allowed.push(/40[13]/);
    await signIn(page, TOKENS.TROPA_OPERATOR_TOKEN);
    const row = page.locator("tr[data-path='/tropa/outbox/pruner']");
    await row.waitFor();
    const before = Number(await row.getAttribute("data-epoch"));
    await row.locator("td").nth(2).click();
    const bar = page.locator(".act-bar");
    assert.equal(await bar.getByRole("button", { name: "Kill", exact: true }).isDisabled(), true);
    const forged = await page.evaluate(async () => (await fetch("/api/v1/actors/tropa/outbox/pruner/restart", { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ reason: "forged" }) })).status);
    assert.equal(forged, 403);
    assert.equal(Number(await row.getAttribute("data-epoch")), before);
    await bar.getByRole("button", { name: "Restart", exact: true }).click();
    await page.locator("dialog input[name=reason]").fill("a new one");
    await page.locator("dialog button[type=submit]").click();
    await until("it is restarted", async () => Number(await row.getAttribute("data-epoch")) === before + 1);
  }));
}, { env: TOKENS });
