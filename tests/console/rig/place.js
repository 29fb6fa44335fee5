// Where a test's Tropa keeps its truth: a folder of its own; in distributed mode a database, a vhost and a prefix of its own too.
import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const HOUSE = join(import.meta.dirname, "../../..");

/** The modes that are tested: TROPA_TEST_MODES, or both where scripts/console-test has told where the servers are. */
export const MODES = (process.env.TROPA_TEST_MODES ?? (process.env.TROPA_TEST_SERVERS ? "standalone,distributed" : "standalone")).split(",");

/**
 * @typedef {{mode: string, folder: string, env: Record<string, string>, sql: (statement: string) => string, end: () => void}} Place
 * `env` for each process of it; `sql` runs a statement on its database.
 */

/** @param {string} mode @returns {Promise<Place>} */
export async function place(mode) {
  const folder = mkdtempSync(join(tmpdir(), "tropa-console-"));
  const end = () => rmSync(folder, { recursive: true, force: true });
  if (mode === "standalone") {
    const sql = (statement) => execFileSync("sqlite3", ["-cmd", ".timeout 5000", join(folder, "tropa", "tropa.db")], { encoding: "utf8", input: statement });
    return { mode, folder, env: {}, sql, end };
  }
  if (!process.env.TROPA_TEST_SERVERS) throw new Error("no servers: scripts/console-test starts them and says where (TROPA_TEST_SERVERS)");
  const told = execFileSync(join(HOUSE, "scripts/servers"), ["env", process.env.TROPA_TEST_SERVERS], { encoding: "utf8" });
  const servers = Object.fromEntries(told.trim().split("\n").map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]));
  const name = `tropa_console_${randomUUID().replaceAll("-", "")}`;
  const psql = (database, statement) => execFileSync("psql", ["-qtAX", "-v", "ON_ERROR_STOP=1", database], { encoding: "utf8", input: statement });
  psql(servers.DATABASE_URL, `CREATE DATABASE ${name}`);
  const database = servers.DATABASE_URL.replace(/\/[^/]*$/, `/${name}`);
  const admin = new URL(servers.RABBITMQ_ADMIN_URL);
  const made = await fetch(`http://${admin.host}/api/vhosts/${name}`, { method: "PUT", headers: { authorization: `Basic ${btoa(`${admin.username}:${admin.password}`)}` } });
  if (!made.ok) throw new Error(`vhost ${name}: ${made.status}`);
  const env = { DATABASE_URL: database, AMQP_URL: `${servers.AMQP_URL}/${name}`, REDIS_URL: servers.REDIS_URL, TROPA_REDIS_PREFIX: name };
  return { mode, folder, env, sql: (statement) => psql(database, statement), end };
}
