// A process of the real binary, and the requests that feed it.
import { spawn } from "node:child_process";
import { mkdirSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { HOUSE } from "./place.js";

const BINARY = process.env.TROPA_BINARY ?? join(process.env.CARGO_TARGET_DIR ?? join(HOUSE, "target"), "debug/tropa");
const START_MS = 30_000;

export const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

/** Asks until the answer is truthy, and gives it back. @template T @param {string} what @param {() => Promise<T> | T} ask @param {number} [ms] @returns {Promise<T>} */
export async function until(what, ask, ms = 15_000) {
  const end = Date.now() + ms;
  let last;
  for (;;) {
    try {
      const answer = await ask();
      if (answer) return answer;
      last = answer;
    } catch (error) {
      last = error;
    }
    if (Date.now() > end) throw new Error(`${what}: not within ${ms} ms; last: ${last instanceof Error ? last.message : JSON.stringify(last)}`);
    await sleep(25);
  }
}

/** How many times longer than alone something takes now that others are at work on this machine; at least 1. */
export async function contention() {
  const samples = [];
  for (let i = 0; i < 20; i++) {
    const started = performance.now();
    let sum = 0;
    for (let j = 0; j < 4_000_000; j++) sum += j % 7;
    samples.push(performance.now() - started + sum * 0);
    await sleep(10);
  }
  return Math.max(1, samples.reduce((all, each) => all + each, 0) / samples.length / Math.min(...samples));
}

export class Tropa {
  /** @param {import("./place.js").Place} place @param {{name?: string, env?: Record<string, string>}} [options] */
  static async start(place, { name = "tropa", env = {} } = {}) {
    const folder = join(place.folder, name);
    mkdirSync(folder, { recursive: true });
    const log = join(place.folder, `${name}.log`);
    const out = openSync(log, "a");
    const before = readFileSync(log, "utf8").length;
    // Nothing of who runs the tests decides what is tested.
    const own = Object.fromEntries(Object.entries(process.env).filter(([key]) => !/^(TROPA_|DB_|RABBITMQ_|REDIS_|AMQP_|DATABASE_|OTEL_|WEB_SERVER|GRPC_|METRICS_)/.test(key)));
    /** @type {Record<string, string>} */
    const settings = {
      WEB_SERVER_PORT: "0", GRPC_PORT: "0", METRICS_PORT: "0", TROPA_DATA_DIR: folder, TROPA_MODE: place.mode, TROPA_INSTANCE: name,
      TROPA_EXAMPLE_DRIVERS: "false", TROPA_LOG_FORMAT: "json", ...place.env, ...env,
    };
    // Away from the house: a .env there is somebody else's.
    const child = spawn(BINARY, ["serve"], { cwd: folder, env: { ...own, ...settings }, stdio: ["ignore", out, out] });
    // Who runs the tests may be interrupted.
    process.once("exit", () => child.kill("SIGKILL"));
    const tropa = new Tropa(child, log, settings.TROPA_ADMIN_TOKEN);
    await until(`${name} starts`, () => {
      if (child.exitCode !== null) throw new Error(`exit ${child.exitCode}\n${tropa.told()}`);
      const said = readFileSync(log, "utf8").slice(before).split("\n").find((line) => line.includes(`"message":"serving"`));
      // By the name that browsers take for safe.
      tropa.url = said ? `http://${JSON.parse(said).http.replace("127.0.0.1", "localhost")}` : "";
      return tropa.url;
    }, START_MS);
    await until(`${name} is ready`, async () => (await fetch(`${tropa.url}/readyz`)).ok, START_MS);
    return tropa;
  }

  constructor(child, log, token) {
    this.child = child;
    this.log = log;
    this.token = token;
    this.url = "";
  }

  /** The end of its log. */
  told() {
    return readFileSync(this.log, "utf8").slice(-3000);
  }

  async ask(method, path, body) {
    const headers = { ...(body === undefined ? {} : { "content-type": "application/json" }), ...(this.token ? { authorization: `Bearer ${this.token}` } : {}) };
    const answer = await fetch(`${this.url}/api/v1${path}`, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text.slice(0, 500)}`);
    return text ? JSON.parse(text) : null;
  }

  get(path) {
    return this.ask("GET", path);
  }

  post(path, body = {}) {
    return this.ask("POST", path, body);
  }

  /** A new order; its JSON. */
  order(id, more = {}) {
    return this.post("/orders", { id, price: 100, ...more });
  }

  /** A driver who takes orders, at a place. */
  async driver(id, lat = -23.55, lng = -46.63, name = id) {
    await this.ask("PUT", `/drivers/${encodeURIComponent(id)}`, { name, status: "available" });
    await this.post(`/drivers/${encodeURIComponent(id)}/position`, { lat, lng, heading: 90 });
  }

  /** Many orders, some at a time. @param {number} count */
  async orders(count, prefix = "many") {
    let next = 0;
    const worker = async () => {
      while (next < count) await this.order(`${prefix}-${next++}`, { pickup: { lat: 10 + (next % 100) / 1000, lng: 10 } });
    };
    await Promise.all(Array.from({ length: 64 }, worker));
  }

  /** All of them report where they are. @param {number} count */
  async move(count, lat = -23.55, lng = -46.63) {
    const lines = Array.from({ length: count }, (_, i) => {
      const [angle, far] = [Math.random() * 7, Math.sqrt(Math.random()) * 0.15];
      return JSON.stringify({ driver_id: `car-${i}`, lat: lat + far * Math.sin(angle), lng: lng + far * Math.cos(angle), heading: Math.floor(Math.random() * 360) });
    });
    const answer = await fetch(`${this.url}/api/v1/drivers/positions`, { method: "POST", headers: { "content-type": "application/x-ndjson" }, body: lines.join("\n") });
    if (!answer.ok) throw new Error(`positions: ${answer.status} ${await answer.text()}`);
  }

  /** Until it is gone. @param {NodeJS.Signals} [signal] */
  async end(signal = "SIGTERM") {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const gone = new Promise((done) => this.child.once("exit", done));
    this.child.kill(signal);
    await Promise.race([gone, sleep(20_000).then(() => this.child.kill("SIGKILL"))]);
  }
}
