// Every screen, by mouse and by keyboard, in both themes and both languages: it is there, it is quiet, axe has nothing against it.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { findings, look, overflow } from "../rig/browser.js";
import { letter, onStage } from "../rig/stage.js";
import { until } from "../rig/tropa.js";

const SCREENS = [
  ["o", "/", "Overview"], ["s", "/supervision", "Supervision"], ["r", "/orders", "Orders"], ["d", "/dead-letters", "Dead letters"], ["f", "/fleet", "Fleet"],
  ["i", "/instances", "Instances"], ["b", "/outbox", "Outbox"], ["k", "/breakers", "Breakers"], ["p", "/operations", "Operations"], ["a", "/audit", "Audit"],
  ["c", "/configuration", "Configuration"], ["h", "/help", "Help"],
];
/** @type {[string, any][]} */
const LOOKS = [["light, 1280 px", {}], ["dark, 390 px, in Portuguese", { dark: true, narrow: true, language: "pt-BR" }]];
const heading = (page) => page.locator("h1#title");
const settled = (page) => until("the screen is loaded", async () => (await page.locator("main .loading").count()) === 0 && (await heading(page).count()) === 1);

onStage("every screen", (stage) => {
  before(async () => {
    await stage.tropa.driver("Joana");
    await stage.tropa.driver("Rui", -23.56, -46.64);
    for (const id of ["one", "two", "three"]) await stage.tropa.order(`walk-${id}`);
    await until("an order is dispatched", async () => (await stage.tropa.get("/orders/walk-one")).status === "DISPATCHED");
    letter(stage, { error: "schema: missing field `price`", order: "walk-one" });
    await stage.tropa.post("/actors/tropa/outbox/pruner/kill", { reason: "walk" });
  });

  test("is opened by mouse", () => look(stage.tropa.url, async (page) => {
    await settled(page);
    for (const [, path, title] of SCREENS.slice(1)) {
      if (path === "/help") await page.locator("header.top a[href='/help']").click();
      else await page.locator("nav.menu").getByRole("link", { name: title, exact: true }).click();
      await until(`${title} is shown`, async () => (await heading(page).innerText()) === title);
      await settled(page);
      assert.equal(new URL(page.url()).pathname, path);
      assert.equal(await page.title(), `${title} · Tropa`);
      assert.equal(await page.locator(".failure").count(), 0, `${title}: ${await page.locator("main").innerText()}`);
    }
    await page.goBack();
    await until("Back works", async () => (await heading(page).innerText()) === SCREENS.at(-2)[2]);
  }));

  test("is opened by keyboard, the heading in focus", () => look(stage.tropa.url, async (page) => {
    await settled(page);
    for (const [key, path, title] of SCREENS.slice(1).concat([SCREENS[0]])) {
      await page.keyboard.press("g");
      await page.keyboard.press(key);
      await until(`${title} is shown`, async () => (await heading(page).innerText()) === title);
      assert.equal(new URL(page.url()).pathname, path);
      // It is put there after the screen is painted.
      await until(`the heading of ${title} has the focus`, () => page.evaluate(() => document.activeElement?.id === "title"));
    }
    await page.keyboard.press("?");
    await until("? helps", async () => (await heading(page).innerText()) === "Help");
  }));

  // The pages are the same in both modes.
  for (const [theme, options] of stage.mode === "distributed" ? [] : LOOKS) {
    test(`has nothing that axe finds serious: ${theme}`, () => look(stage.tropa.url, async (page) => {
      const found = {};
      for (const [, path] of [...SCREENS, ["", "/orders/walk-one"], ["", "/supervision/tropa/tropa/outbox/relay"], ["", "/fleet?view=table"], ["", "/supervision?view=aggregates"]]) {
        await page.goto(stage.tropa.url + path);
        await settled(page);
        assert.equal(await page.locator("html").getAttribute("lang"), options.language ?? "en");
        const [serious, wide] = [await findings(page), await overflow(page)];
        if (serious.length || wide > 0) found[path] = { serious, wide };
      }
      assert.deepEqual(found, {});
    }, options));
  }

  test("adds up every order that was accepted", () => look(stage.tropa.url, async (page) => {
    const line = page.locator(".conservation");
    await until("three are accounted for", async () => /3\s*accepted\s*=\s*/.test(await line.innerText()));
    assert.equal(await line.getAttribute("class"), "conservation ");
    await stage.tropa.order("walk-four");
    await until("and four, without a reload", async () => /4\s*accepted\s*=\s*/.test(await line.innerText()));
  }));

  test("says in Portuguese what it says in English", () => look(`${stage.tropa.url}/help`, async (page) => {
    await settled(page);
    await page.locator("#language").selectOption("pt");
    await until("it is said in Portuguese", async () => (await heading(page).innerText()) === "Ajuda");
    await page.reload();
    await until("the choice is kept", async () => (await heading(page).count()) && (await heading(page).innerText()) === "Ajuda");
    await page.locator("#theme").selectOption("dark");
    assert.equal(await page.locator("html").getAttribute("data-theme"), "dark");
  }));
});
