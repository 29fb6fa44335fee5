// The stream: cut, silent, shared. The page says how old its picture is, and comes right by itself.
import assert from "node:assert/strict";
import { test } from "node:test";
import { browser, close, look, open } from "../rig/browser.js";
import { onStage } from "../rig/stage.js";
import { Tropa, until } from "../rig/tropa.js";

const freshness = (page) => page.locator("header.top .badge").first().innerText();

onStage("the stream", (stage) => {
  test("that is cut by the server comes back without a reload, with what was missed", () => look(`${stage.tropa.url}/orders`, async (page) => {
    page.allowed.push(/Failed to load resource|ERR_CONNECTION|ERR_INCOMPLETE|ERR_EMPTY/);
    await until("it is live", async () => /live/.test(await freshness(page)));
    await page.evaluate(() => (/** @type {any} */ (window).same = true));
    const port = new URL(stage.tropa.url).port;
    await stage.tropa.end("SIGKILL");
    stage.tropa = await Tropa.start(stage.place, { env: { WEB_SERVER_PORT: port } });
    await stage.tropa.order("missed-1");
    await page.locator("tr[data-id='missed-1']").waitFor();
    await until("it is live again", async () => /live/.test(await freshness(page)));
    await stage.tropa.order("after-1");
    await page.locator("tr[data-id='after-1']").waitFor();
    assert.equal(await page.evaluate(() => /** @type {any} */ (window).same), true, "the page was loaded anew");
  }));

  test("that falls silent is said to be stale and how old, and the picture greys", () => look(`${stage.tropa.url}/orders`, async (page) => {
    page.allowed.push(/Failed to load resource|ERR_/);
    await until("it is live", async () => /live/.test(await freshness(page)));
    stage.tropa.child.kill("SIGSTOP");
    try {
      await until("it is stale", async () => /stale, 1\d s/.test(await freshness(page)), 25_000);
      assert.match(await page.locator("main").getAttribute("class"), /stale/);
    } finally {
      stage.tropa.child.kill("SIGCONT");
    }
    await until("it is live again", async () => /live/.test(await freshness(page)), 30_000);
    await stage.tropa.order("woken-1");
    await page.locator("tr[data-id='woken-1']").waitFor();
  }));

  test("is one for all tabs of a browser, and none when they are closed", async () => {
    const streams = async () => Number(/^tropa_http_streams(?:\{[^}]*\})? (\d+)/m.exec(await (await fetch(`${stage.tropa.url}/metrics`)).text())?.[1] ?? NaN);
    await until("the others are gone", async () => (await streams()) === 0, 30_000);
    const context = await (await browser()).newContext({ locale: "en-US" });
    const pages = [];
    for (const path of ["/", "/orders", "/fleet"]) {
      pages.push(await open(stage.tropa.url + path, { context }));
      await until(`${path} is live`, async () => /live/.test(await freshness(pages.at(-1))));
    }
    await until("one stream is open", async () => (await streams()) === 1);
    await stage.tropa.order("shared-1");
    await pages[1].locator("tr[data-id='shared-1']").waitFor();
    await close(pages[0]);
    await until("nobody listens any more", async () => (await streams()) === 0, 30_000);
  });
});
