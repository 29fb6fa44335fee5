// Dead letters: found by their error, replayed one by one, discarded as a group, taken back.
import assert from "node:assert/strict";
import { test } from "node:test";
import { look } from "../rig/browser.js";
import { HOSTILE, letter, onStage } from "../rig/stage.js";
import { until } from "../rig/tropa.js";

onStage("dead letters", (stage) => {
  test("are replayed one by one", () => look(`${stage.tropa.url}/dead-letters`, async (page) => {
    // The order's own message, once more: what is replayed can be read, and finds that it was done.
    await stage.tropa.order("replay-1", { pickup: { lat: 10, lng: 10 } });
    const payload = await until("its message is written", () => stage.place.sql("SELECT payload FROM outbox WHERE topic = 'orders.created' LIMIT 1;").trim());
    const id = letter(stage, { error: "timeout: fleet did not answer", order: "replay-1", payload });
    await until("the group is there", async () => (await page.locator("main").innerText()).includes("timeout: fleet"));
    await page.getByRole("link", { name: /timeout: fleet/ }).first().click();
    await page.locator(`tr[data-id='${id}'] a`).first().click();
    await until("it is open", () => new URL(page.url()).pathname === `/dead-letters/${id}`);
    await until("its facts are there", async () => (await page.locator("main").innerText()).includes("orders.created"));
    assert.ok(!(await page.locator("main").innerText()).includes("event_id"), "the payload is shown unasked");
    await page.getByRole("button", { name: /show|reveal/i }).first().click();
    await until("the payload is shown", async () => (await page.locator("main").innerText()).includes("event_id"));
    await until("which is audited", async () => (await stage.tropa.get("/audit?action=dead_letter.reveal")).entries.length === 1);
    await page.getByRole("button", { name: "Replay", exact: true }).click();
    await page.locator("dialog button[type=submit]").click();
    await until("it is replayed", async () => (await stage.tropa.get(`/dead-letters/${id}`)).state === "replayed");
    await until("the page says so", async () => /replayed/i.test(await page.locator("main").innerText()));
  }));

  test("are discarded as a group after a dry run, and taken back", () => look(`${stage.tropa.url}/dead-letters`, async (page) => {
    const ids = [1, 2, 3].map((i) => letter(stage, { error: "parse: unknown field", order: `discard-${i}` }));
    const row = page.locator("tr", { hasText: "parse: unknown field" });
    await until("the group counts three", async () => /\b3\b/.test(await row.innerText()));
    await row.getByRole("button", { name: "Discard" }).click();
    const dialog = page.locator("dialog");
    await until("the dry run counts them", async () => /\b3\b/.test(await dialog.innerText()));
    const later = letter(stage, { error: "parse: unknown field", order: "discard-4" });
    await dialog.locator("input[name=reason]").fill("known, harmless");
    const word = /Type (.+) to go on/.exec(await dialog.innerText())[1];
    await dialog.locator("input[name=word]").fill(word);
    await dialog.locator("button[type=submit]").click();
    const state = (id) => stage.tropa.get(`/dead-letters/${id}`).then((found) => found.state);
    await until("they are discarded", async () => (await Promise.all(ids.map(state))).every((each) => each === "discarded"));
    assert.equal(await state(later), "parked", "it came after the dry run");
    await dialog.getByRole("button", { name: /undo|take back|restore/i }).click();
    await until("they are parked again", async () => (await Promise.all(ids.map(state))).every((each) => each === "parked"));
  }));

  test("show a hostile error as text", () => look(`${stage.tropa.url}/dead-letters`, async (page) => {
    const id = letter(stage, { error: `${HOSTILE.markup}${HOSTILE.turned}${HOSTILE.long}` });
    await until("it is listed", async () => (await page.locator("main").innerText()).includes("<img src=x"));
    for (const path of ["/dead-letters", "/dead-letters?view=letters", `/dead-letters/${id}`]) {
      await page.goto(stage.tropa.url + path);
      await until("it is shown", async () => (await page.locator("main").innerText()).includes("<img src=x"));
      assert.equal(await page.evaluate(() => "pwned" in window), false);
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${path} is too wide`);
    }
  }));
});
