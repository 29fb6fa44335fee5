// What the pages may not do, and what must be where.
import assert from "node:assert/strict";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";

const WEB = join(import.meta.dirname, "../../../web");
const sources = readdirSync(WEB, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".js") && !name.startsWith("vendor/"));
const read = (/** @type {string} */ name) => readFileSync(join(WEB, name), "utf8");

test("every import leads to a file, by a relative path", () => {
  const lost = [];
  for (const name of sources) {
    for (const [, path] of read(name).matchAll(/(?:from|import)\s*\(?\s*"([^"]+)"/g)) {
      if (path.endsWith("/api-types.js")) continue; // only its types are there
      if (!path.startsWith(".") || !existsSync(join(WEB, dirname(name), path))) lost.push(`${name}: ${path}`);
    }
  }
  assert.deepEqual(lost, []);
});

test("every module is checked, and none names another origin", () => {
  for (const name of sources) {
    const text = read(name);
    assert.ok(text.startsWith("// @ts-check"), `${name} must start with // @ts-check`);
    assert.ok(!/@ts-(ignore|nocheck|expect-error)/.test(text), `${name} looks away from a type`);
    assert.ok(!/https?:\/\/(?!www\.w3\.org\/)/.test(text), `${name} names an address of elsewhere`);
  }
});

test("every screen of the menu has its text, a key of its own, and an address that the server answers", () => {
  const text = read("lib/screens.js");
  const screens = [...text.matchAll(/name: "([^"]+)", path: "([^"]+)", key: "([^"]+)"/g)].map(([, name, path, key]) => ({ name, path, key }));
  assert.ok(screens.length >= 12);
  assert.equal(new Set(screens.map((screen) => screen.key)).size, screens.length, "two screens share a key");
  const served = readFileSync(join(WEB, "../src/http/console.rs"), "utf8");
  for (const { name, path } of screens) {
    assert.ok(path === "/" || served.includes(`"${path.slice(1)}"`), `${path} is not among SCREENS in src/http/console.rs`);
    assert.ok(existsSync(join(WEB, `screens/${name}.js`)), name);
  }
});
