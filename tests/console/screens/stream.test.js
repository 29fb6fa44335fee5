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
    await page.locator("h1#title").waitFor();
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
});

onStage("streams", (stage) => {
  test("are one for all tabs of a browser, and end with the last of them", async () => {
    const tabs = async (paths) => {
      const context = await (await browser()).newContext({ locale: "en-US" });
      const pages = [];
      for (const path of paths) {
        pages.push(await open(stage.tropa.url + path, { context }));
        await until(`${path} is live`, async () => /live/.test(await freshness(pages.at(-1))));
      }
      return pages;
    };
    // Two streams are all there are: three tabs have room only if they share one.
    const [, orders] = await tabs(["/", "/orders", "/fleet", "/supervision"]);
    await stage.tropa.order("shared-1");
    await orders.locator("tr[data-id='shared-1']").waitFor();
    await close(orders);
    // As many other browsers find room when nobody of those is left.
    const others = [await tabs(["/orders"]), await tabs(["/orders"])];
    await stage.tropa.order("shared-2");
    for (const [page] of others) {
      await page.locator("tr[data-id='shared-2']").waitFor();
      await close(page);
    }
  });
}, { env: { TROPA_HTTP_MAX_STREAMS: "2" } });
