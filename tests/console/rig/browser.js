// Debian's chromium, and pages that say what went wrong in them.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

// What scripts/tools looks for.
const CHROMIUM = ["/usr/bin/chromium", "/usr/bin/google-chrome"].find((path) => existsSync(path));

/** @type {import("playwright-core").Browser | undefined} */
let running;
export const browser = async () => (running ??= await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox", "--disable-dev-shm-usage", "--js-flags=--expose-gc", "--enable-precise-memory-info"] }));
export const endBrowser = async () => {
  await running?.close();
  running = undefined;
};

/** @typedef {import("playwright-core").Page & {complaints: string[], allowed: RegExp[]}} Page */

/**
 * A page of its own. What the browser complains of is kept: errors in the console, violations of the policy, exceptions.
 * @param {string} url @param {{dark?: boolean, narrow?: boolean, language?: string, context?: import("playwright-core").BrowserContext}} [options]
 * @returns {Promise<Page>}
 */
export async function open(url, { dark = false, narrow = false, language = "en-US", context } = {}) {
  const own = context ?? (await (await browser()).newContext({ viewport: narrow ? { width: 390, height: 844 } : { width: 1280, height: 720 }, colorScheme: dark ? "dark" : "light", locale: language, reducedMotion: "reduce" }));
  const page = /** @type {Page} */ (await own.newPage());
  page.setDefaultTimeout(15_000);
  page.complaints = [];
  page.allowed = [];
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && page.complaints.push(`${message.type()}: ${message.text()} (${message.location().url})`));
  page.on("pageerror", (error) => page.complaints.push(`exception: ${error.stack}`));
  await page.addInitScript(() => {
    const seen = /** @type {any} */ (window);
    seen.violations = [];
    seen.longTasks = [];
    document.addEventListener("securitypolicyviolation", (event) => seen.violations.push(`${event.violatedDirective} ${event.blockedURI}`));
    new PerformanceObserver((list) => seen.longTasks.push(...list.getEntries().map((entry) => Math.round(entry.duration)))).observe({ type: "longtask", buffered: true });
  });
  if (url) await page.goto(url);
  return page;
}

/** Nothing went wrong in it; then it is closed. @param {Page} page */
export async function close(page) {
  const violations = await page.evaluate(() => /** @type {any} */ (window).violations);
  const complaints = page.complaints.filter((each) => !page.allowed.some((form) => form.test(each)));
  const url = page.url();
  await page.context().close();
  assert.deepEqual({ violations, complaints }, { violations: [], complaints: [] }, url);
}

/** A page for one piece of work: closed behind it, quiet or the test is red. @param {string} url @param {(page: Page) => Promise<any>} work @param {Parameters<typeof open>[1]} [options] */
export async function look(url, work, options) {
  const page = await open(url, options);
  try {
    await work(page);
  } catch (error) {
    const shown = await page.evaluate(() => document.body.innerText.slice(0, 1500)).catch(() => "");
    if (process.env.TROPA_TEST_SHOTS) await page.screenshot({ path: `${process.env.TROPA_TEST_SHOTS}/failed-${Date.now()}.png` }).catch(() => {});
    await page.context().close();
    throw new Error(`${error.message}\nat ${page.url()}\ncomplaints: ${page.complaints.join("\n")}\nshown: ${shown}`, { cause: error });
  }
  await close(page);
}

/** What axe finds serious or critical. The protocol's evaluation is not under the page's policy. @param {Page} page @returns {Promise<string[]>} */
export async function findings(page) {
  await page.evaluate(AXE);
  return page.evaluate(async () => {
    const axe = /** @type {any} */ (window).axe;
    const found = await axe.run(document, { resultTypes: ["violations"], runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] });
    return found.violations.filter((each) => ["serious", "critical"].includes(each.impact)).map((each) => `${each.id}: ${each.nodes.slice(0, 3).map((node) => node.html.slice(0, 160)).join(" | ")}`);
  });
}

/** Whether something sticks out to the side. @param {Page} page */
export const overflow = (page) => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
