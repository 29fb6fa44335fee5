// Instances: taken out of the work and put back; killed, stale, gone.
import assert from "node:assert/strict";
import { test } from "node:test";
import { look } from "../rig/browser.js";
import { onStage } from "../rig/stage.js";
import { Tropa, until } from "../rig/tropa.js";

const shown = (page) => page.locator("main").innerText();

onStage("instances", (stage) => {
  test("are drained and put back, with a banner meanwhile", () => look(`${stage.tropa.url}/instances`, async (page) => {
    await until("it is listed", async () => (await shown(page)).includes("tropa"));
    await page.getByRole("button", { name: /drain|take out/i }).first().click();
    await page.locator("dialog input[name=reason]").fill("maintenance");
    await page.locator("dialog button[type=submit]").click();
    await page.locator(".banner").waitFor();
    await until("it is drained", async () => /drain/.test((await stage.tropa.get("/instances"))[0].phase));
    await page.locator(".banner button").click();
    await until("the banner goes", async () => (await page.locator(".banner").count()) === 0);
    assert.equal((await stage.tropa.get("/instances"))[0].phase, "running");
  }));
});

onStage("instances of one Tropa", (stage) => {
  test("that is killed becomes stale, then gone; its actors are shown from the other", () => look("", async (page) => {
    const other = await Tropa.start(stage.place, { name: "other" });
    try {
      await page.goto(`${other.url}/instances`);
      await until("both are listed", async () => (await shown(page)).includes("tropa") && (await shown(page)).includes("other"));
      await page.goto(`${other.url}/supervision?view=grid&instance=tropa`);
      const row = page.locator("tr[data-path='/tropa/outbox/relay']");
      await row.waitFor();
      const before = Number(await row.getAttribute("data-epoch"));
      await row.locator("td").nth(2).click();
      await page.locator(".act-bar").getByRole("button", { name: "Kill", exact: true }).click();
      await page.locator("dialog input[name=reason]").fill("from next door");
      await page.locator("dialog button[type=submit]").click();
      await until("it is back over there", async () => Number(await row.getAttribute("data-epoch")) === before + 1);
      // With those that are gone.
      await page.goto(`${other.url}/instances?past=1`);
      await until("both are listed", async () => (await page.locator("tbody tr").count()) === 2);
      await stage.tropa.end("SIGKILL");
      await until("it is stale", async () => /stale/i.test(await page.locator("tbody").innerText()), 30_000);
      await until("it is gone", async () => /gone/i.test(await page.locator("tbody").innerText()), 60_000);
    } finally {
      await other.end();
    }
  }));
}, { modes: ["distributed"] });
