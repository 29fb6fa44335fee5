// Orders: one followed live to its end, many found, walked through, and acted on.
import assert from "node:assert/strict";
import { test } from "node:test";
import { look } from "../rig/browser.js";
import { HOSTILE, onStage } from "../rig/stage.js";
import { until } from "../rig/tropa.js";

const text = (page) => page.locator("main").innerText();

onStage("orders", (stage) => {
  test("are followed live from accepted to delivered, without a reload", () => look(`${stage.tropa.url}/orders`, async (page) => {
    await page.locator("h1#title").waitFor();
    await page.evaluate(() => (/** @type {any} */ (window).same = true));
    await stage.tropa.order("live-1");
    const row = page.locator("tr[data-id='live-1']");
    await row.waitFor();
    await until("it is pending", async () => /pending/i.test(await row.innerText()));
    await row.locator("td").nth(2).click();
    await until("its page is there", async () => new URL(page.url()).pathname === "/orders/live-1");
    await until("its first event is told", async () => /created|accepted/i.test(await text(page)));
    await stage.tropa.driver("Ana");
    await until("it is dispatched", async () => /dispatched/i.test(await text(page)) && (await text(page)).includes("Ana"));
    await stage.tropa.post("/orders/live-1/deliver");
    await until("it is delivered", async () => /delivered/i.test(await text(page)));
    assert.equal(await page.evaluate(() => /** @type {any} */ (window).same), true, "the page was loaded anew");
  }));

  test("are filtered, walked through and opened by keyboard", () => look(`${stage.tropa.url}/orders`, async (page) => {
    for (const id of ["walk-a", "walk-b", "other-c"]) await stage.tropa.order(id);
    await page.locator("tr[data-id='walk-a']").waitFor();
    await page.keyboard.press("/");
    assert.equal(await page.evaluate(() => document.activeElement?.hasAttribute("data-filter")), true);
    await page.keyboard.type("walk-");
    await page.keyboard.press("Escape");
    await until("the address says it", () => new URL(page.url()).search.includes("walk-"));
    await until("the others are gone", async () => (await page.locator("tr[data-id='other-c']").count()) === 0 && (await page.locator("tr[data-id^='walk-']").count()) === 2);
    await page.keyboard.press("j");
    await page.keyboard.press("x");
    await until("one is selected", async () => (await page.locator("tr[aria-selected=true]").count()) === 1);
    await page.keyboard.press("Enter");
    await until("it is open", () => /^\/orders\/walk-/.test(new URL(page.url()).pathname));
    const there = page.url();
    await page.goBack();
    await until("Back has the filter", async () => new URL(page.url()).search.includes("walk-") && (await page.locator("tr[data-id^='walk-']").count()) === 2);
    await page.goto(there);
    await until("the link reproduces the screen", async () => (await text(page)).includes("walk-"));
  }));

  test("are cancelled in bulk: a dry run, a word to be typed, and only those", () => look(`${stage.tropa.url}/orders?q=bulk-`, async (page) => {
    for (const id of ["bulk-1", "bulk-2", "bulk-3", "kept-1"]) await stage.tropa.order(id, { pickup: { lat: 10, lng: 10 } });
    await until("they are listed", async () => (await page.locator("tr[data-id^='bulk-']").count()) === 3);
    await page.getByRole("button", { name: /cancel all/i }).click();
    const dialog = page.locator("dialog");
    await until("the dry run counts them", async () => /\b3\b/.test(await dialog.innerText()));
    await stage.tropa.order("bulk-4", { pickup: { lat: 10, lng: 10 } });
    await dialog.locator("input[name=reason]").fill("closing time");
    assert.equal(await dialog.locator("button[type=submit]").isDisabled(), true);
    const word = /Type (.+) to go on/.exec(await dialog.innerText())[1];
    await dialog.locator("input[name=word]").fill(word);
    await dialog.locator("button[type=submit]").click();
    await until("they are cancelled", async () => (await Promise.all(["bulk-1", "bulk-2", "bulk-3"].map((id) => stage.tropa.get(`/orders/${id}`)))).every((order) => order.status === "CANCELLED"));
    assert.notEqual((await stage.tropa.get("/orders/bulk-4")).status, "CANCELLED", "it came after the dry run");
    assert.notEqual((await stage.tropa.get("/orders/kept-1")).status, "CANCELLED");
    await until("its progress is told", async () => /\b3\b/.test(await dialog.innerText()));
  }));

  test("show hostile texts as texts", () => look(`${stage.tropa.url}/orders`, async (page) => {
    const items = [{ product_id: HOSTILE.markup.slice(0, 60), product_name: `${HOSTILE.markup}${HOSTILE.turned}`.slice(0, 200), quantity: 1, unit_price: 1 }];
    await stage.tropa.ask("PUT", "/drivers/evil", { name: `${HOSTILE.markup}${HOSTILE.turned}`.slice(0, 100), status: "available" });
    await stage.tropa.post("/drivers/evil/position", { lat: 40, lng: 40 });
    const made = await stage.tropa.post("/orders", { id: "evil-1", price: 1, items, pickup: { lat: 40, lng: 40 } });
    await until("it is dispatched", async () => (await stage.tropa.get(`/orders/${made.id}`)).status === "DISPATCHED");
    await page.locator("tr[data-id='evil-1']").waitFor();
    for (const path of ["/orders", `/orders/${made.id}`, "/fleet?view=table", "/fleet?driver=evil", `/orders/${encodeURIComponent(HOSTILE.markup)}`, `/supervision?q=${encodeURIComponent(HOSTILE.long.slice(0, 2000))}`]) {
      if (path.includes("%3C")) page.allowed.push(/40[04]|422/);
      await page.goto(stage.tropa.url + path);
      await until(`${path} is loaded`, async () => (await page.locator("main .loading").count()) === 0 && (await page.locator("h1#title").count()) === 1);
      assert.equal(await page.evaluate(() => "pwned" in window), false, path);
      assert.equal(await page.evaluate(() => document.querySelectorAll("main img, main script").length), 0, path);
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${path} is too wide`);
    }
  }));
});
