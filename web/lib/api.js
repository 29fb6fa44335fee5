// @ts-check
/** The server's API: requests that fail as one kind of error, and who is signed in. */
import { signal } from "./html.js";

/**
 * @typedef {{mode: string, instance: {id: string, version: string}, required: boolean, subject: string | null,
 *   role: "viewer" | "operator" | "chaos" | null, csrf: string | null, expires_at: string | null}} Session
 */
/** Who is signed in; `null` until that is known. @type {import("../vendor/signals.js").Signal<Session | null>} */
export const session = signal(/** @type {Session | null} */ (null));

/** A request that failed: what was asked, what was answered, and the trace that tells more. */
export class Failed extends Error {
  /**
   * @param {string} request e.g. `GET /api/v1/orders`
   * @param {number} status 0 when nothing answered
   * @param {{title?: string, detail?: string, trace_id?: string, type?: string, errors?: {field: string, detail: string}[]}} problem
   */
  constructor(request, status, problem) {
    super(problem.detail || problem.title || `HTTP ${status}`);
    this.request = request;
    this.status = status;
    this.title = problem.title ?? "";
    this.trace = problem.trace_id ?? null;
    this.kind = (problem.type ?? "").replace("/problems/", "");
    this.errors = problem.errors ?? [];
  }
}

/**
 * Asks; what is not answered with 2xx becomes a {@link Failed}.
 * @param {string} method
 * @param {string} path below `/api/v1`, e.g. `/orders`
 * @param {{query?: Record<string, string | number | boolean | null | undefined>, body?: unknown, ifMatch?: string, signal?: AbortSignal}} [options]
 * @returns {Promise<{data: any, response: Response}>}
 */
export async function ask(method, path, options = {}) {
  const query = Object.entries(options.query ?? {}).filter(([, value]) => value !== null && value !== undefined && value !== "");
  const text = new URLSearchParams(query.map(([name, value]) => [name, String(value)])).toString();
  const url = `/api/v1${path}${text ? `?${text}` : ""}`;
  /** @type {Record<string, string>} */
  const headers = { accept: "application/json" };
  if (options.body !== undefined) headers["content-type"] = "application/json";
  if (options.ifMatch) headers["if-match"] = options.ifMatch;
  const csrf = session.value?.csrf;
  if (method !== "GET" && csrf) headers["x-csrf-token"] = csrf;
  const body = options.body === undefined ? undefined : JSON.stringify(options.body);
  let response;
  try {
    response = await fetch(url, { method, headers, body, signal: options.signal, credentials: "same-origin" });
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw new Failed(`${method} ${url}`, 0, { title: "unreachable", detail: String(error) });
  }
  const answered = await response.text();
  const data = readable(answered);
  if (response.ok) return { data, response };
  if (response.status === 401 && session.value?.required) session.value = { ...session.value, role: null, subject: null };
  const problem = data && typeof data === "object" ? data : { title: `HTTP ${response.status}`, detail: answered.slice(0, 500) };
  throw new Failed(`${method} ${url}`, response.status, problem);
}

/** @param {string} text */
function readable(text) {
  if (!text) return null;
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/**
 * Looks. The answer's type is that of the API's description: `/orders/${id}` is an order.
 * @template {string} P
 * @param {P} path @param {Record<string, any>} [query] @param {AbortSignal} [signal] @returns {Promise<import("./api-types.js").Answer<P>>}
 */
export const get = async (path, query, signal) => (await ask("GET", path, { query, signal })).data;
/** Does. @param {string} path @param {unknown} [body] @param {{query?: Record<string, any>, ifMatch?: string}} [options] */
export const post = async (path, body = {}, options = {}) => (await ask("POST", path, { body, ...options })).data;

/** An actor's path or an id as a part of a URL: slashes stay. @param {string} path */
export const segments = (path) => path.replace(/^\//, "").split("/").map(encodeURIComponent).join("/");

/** Who is signed in, asked anew. */
export async function identify() {
  const now = /** @type {Session} */ (await get("/session"));
  if (JSON.stringify(now) !== JSON.stringify(session.value)) session.value = now;
  return now;
}

/** The other tabs: who signs in or out here does so there. */
const tabs = typeof BroadcastChannel === "function" ? new BroadcastChannel("tropa.session") : null;
if (tabs) tabs.onmessage = () => void identify().catch(() => {});

/** Signs in with a token, and a name for the audit. @param {string} token @param {string} name */
export async function signIn(token, name) {
  await ask("POST", "/session", { body: { token, ...(name ? { name } : {}) } });
  await identify();
  tabs?.postMessage("in");
}

/** Signs out, in all tabs. */
export async function signOut() {
  await ask("DELETE", "/session").catch(() => {});
  await identify();
  tabs?.postMessage("out");
}

const RANKS = { viewer: 1, operator: 2, chaos: 3 };
/** Whether who is signed in may do what takes this role. @param {"viewer" | "operator" | "chaos"} role */
export const may = (role) => {
  const own = session.value?.role;
  return !!own && RANKS[own] >= RANKS[role];
};
