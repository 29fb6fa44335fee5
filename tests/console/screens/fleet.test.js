// The map: moved, chosen on and drawn on, by mouse and by keyboard; and all of it again from its address alone.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { look } from "../rig/browser.js";
import { onStage } from "../rig/stage.js";
import { until } from "../rig/tropa.js";

const query = (page) => new URL(page.url()).searchParams;
const canvas = (page) => page.locator(".map canvas");
const side = (page) => page.locator(".fleet-side").innerText();

onStage("the fleet", (stage) => {
  before(async () => {
    await stage.tropa.driver("north", -23.54, -46.63, "Norte");
    await stage.tropa.driver("south", -23.56, -46.63, "Sul");
    await stage.tropa.driver("east", -23.55, -46.62, "Leste");
    await stage.tropa.ask("PUT", "/drivers/away", { name: "Away", status: "offline" });
    await stage.tropa.order("carried", { pickup: { lat: -23.541, lng: -46.63 } });
    await until("one is dispatched", async () => (await stage.tropa.get("/orders/carried")).status === "DISPATCHED");
  });

  test("is on a map: who is chosen by mouse is in the address, and comes with it", () => look(`${stage.tropa.url}/fleet?at=-23.55,-46.63,14`, async (page) => {
    await until("the legend counts them", async () => /Free\s*2/.test(await page.locator(".legend").innerText()) && /With an order\s*1/.test(await page.locator(".legend").innerText()) && /Offline\s*1/.test(await page.locator(".legend").innerText()));
    const box = await canvas(page).boundingBox();
    const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
    // East by 0.01°: 256 × 2^14 pixels are 360°.
    await page.mouse.click(x + (0.01 / 360) * 256 * 2 ** 14, y);
    await until("the east is chosen", () => query(page).get("driver") === "east");
    await until("and told", async () => (await side(page)).includes("Leste"));
    await page.reload();
    await until("the address alone tells it", async () => (await side(page)).includes("Leste"));
    await page.mouse.move(x, y);
    await page.mouse.down();
    await page.mouse.move(x - 100, y - 50, { steps: 5 });
    await page.mouse.up();
    await until("the map moved", () => Number(query(page).get("at").split(",")[1]) > -46.63);
    const zoom = Number(query(page).get("at").split(",")[2]);
    await page.mouse.wheel(0, -240);
    await until("the wheel zooms", () => Number(query(page).get("at").split(",")[2]) > zoom);
  }));

  test("is walked through by keyboard", () => look(`${stage.tropa.url}/fleet?at=-23.55,-46.63,14`, async (page) => {
    await until("they are there", async () => /Free\s*2/.test(await page.locator(".legend").innerText()));
    await canvas(page).focus();
    await page.keyboard.press("ArrowRight");
    await until("it moved", () => Number(query(page).get("at").split(",")[1]) > -46.63);
    await page.keyboard.press("-");
    await until("it is farther", () => Number(query(page).get("at").split(",")[2]) < 14);
    await page.keyboard.press(".");
    await until("a mark is named", async () => /Norte|Sul|Leste|carried/.test(await page.locator(".map [role=status]").innerText()));
    for (let i = 0; i < 6 && !query(page).get("driver"); i++) {
      await page.keyboard.press("Enter");
      await until("something is chosen", () => query(page).get("driver") || query(page).get("order"));
      if (!query(page).get("driver")) await page.keyboard.press(".");
    }
    assert.ok(query(page).get("driver"));
    await page.keyboard.press("Escape");
    await until("it is let go", () => !query(page).get("driver") && !query(page).get("order"));
  }));

  test("is chosen by an area that is drawn", () => look(`${stage.tropa.url}/fleet?at=-23.55,-46.63,14`, async (page) => {
    await until("they are there", async () => /Free\s*2/.test(await page.locator(".legend").innerText()));
    await page.locator(".map-tools button").last().click();
    const box = await canvas(page).boundingBox();
    const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
    // Around the one in the south: 0.01° are 127 pixels there.
    await page.mouse.move(x - 60, y + 60);
    await page.mouse.down();
    for (const [dx, dy] of [[60, 60], [60, 200], [-60, 200], [-60, 70]]) await page.mouse.move(x + dx, y + dy, { steps: 6 });
    await page.mouse.up();
    await until("the area is in the address", () => query(page).get("lasso"));
    await until("one is in it", async () => (await side(page)).includes("Sul") && !(await side(page)).includes("Norte"));
    await page.getByRole("button", { name: "Table" }).click();
    await until("the table shows the same", async () => (await page.locator("tr[data-id='south']").count()) === 1 && (await page.locator("tr[data-id]").count()) === 1);
    await page.getByRole("button", { name: "Clear" }).click();
    await until("all are back", async () => (await page.locator("tr[data-id]").count()) === 4);
  }));

  test("shows an order's search: how far it looked, and whom it weighed", () => look(`${stage.tropa.url}/fleet?order=carried`, async (page) => {
    await until("candidates are ranked", async () => (await page.locator(".candidates li").count()) === 3);
    assert.match(await page.locator(".candidates li").first().innerText(), /Norte[^]*chosen/);
  }));

  test("follows who moves, and forgets who is gone", () => look(`${stage.tropa.url}/fleet?view=table`, async (page) => {
    const row = page.locator("tr[data-id='east']");
    await row.waitFor();
    await stage.tropa.post("/drivers/east/position", { lat: -23.501, lng: -46.601, heading: 12 });
    await until("the place is new", async () => (await row.innerText()).includes("-23.50100"));
    await stage.tropa.ask("DELETE", "/drivers/east");
    await until("the row is gone", async () => (await row.count()) === 0);
  }));
});
