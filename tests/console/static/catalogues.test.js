// The catalogues: every language says the same, and what the pages ask for is there.
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

const WEB = join(import.meta.dirname, "../../../web");
const catalogue = async (/** @type {string} */ tag) => (await import(join(WEB, "i18n", `${tag}.js`))).default;
const [en, pt] = [await catalogue("en"), await catalogue("pt")];

/** @returns {string[]} */
const sources = () => readdirSync(WEB, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".js") && !/^(vendor|i18n)\//.test(name));

const placeholders = (/** @type {string} */ text) => [...text.matchAll(/\{(\w+)\}/g)].map((found) => found[1]).sort();

test("both languages have the same keys, and say something", () => {
  assert.deepEqual(Object.keys(pt).filter((key) => !(key in en)), [], "only in pt.js");
  assert.deepEqual(Object.keys(en).filter((key) => !(key in pt)), [], "only in en.js");
  for (const [key, text] of [...Object.entries(en), ...Object.entries(pt)]) assert.ok(typeof text === "string" && text.trim(), key);
});

test("both languages name the same values", () => {
  for (const key of Object.keys(en)) {
    // "one" may leave the number out.
    if (!key.endsWith(".one")) assert.deepEqual(placeholders(pt[key]), placeholders(en[key]), key);
  }
});

test("no key is said twice in a file: the later would hide the earlier", () => {
  for (const tag of ["en", "pt"]) {
    const keys = [...readFileSync(join(WEB, "i18n", `${tag}.js`), "utf8").matchAll(/^ {2}"([^"]+)":/gm)].map((found) => found[1]);
    assert.deepEqual(keys.filter((key, i) => keys.indexOf(key) !== i), [], tag);
  }
});

test("every key that the pages ask for is there", () => {
  const known = Object.keys(en);
  const missing = [];
  for (const name of sources()) {
    const text = readFileSync(join(WEB, name), "utf8");
    for (const [, key] of text.matchAll(/\bt\(\s*"([^"]+)"/g)) if (!known.some((has) => has === key || has === `${key}.other`)) missing.push(`${name}: ${key}`);
    // t(`role.${role}`): some key of that form.
    for (const [, shape] of text.matchAll(/\bt\(\s*`([^`]+)`/g)) {
      const form = new RegExp(`^${shape.split(/\$\{[^}]*\}/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join(".+")}(\\.other)?$`);
      if (!known.some((has) => form.test(has))) missing.push(`${name}: ${shape}`);
    }
  }
  assert.deepEqual(missing, []);
});
