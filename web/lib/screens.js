// @ts-check
/** The screens: where each is, the key behind `g`, and the module that draws it, loaded when it is first opened. */

/** @typedef {{name: string, path: string, key: string, load: () => Promise<{default: any}>, menu: boolean}} Screen */
/** @type {Screen[]} */
export const SCREENS = [
  { name: "overview", path: "/", key: "o", load: () => import("../screens/overview.js"), menu: true },
  { name: "supervision", path: "/supervision", key: "s", load: () => import("../screens/supervision.js"), menu: true },
  { name: "orders", path: "/orders", key: "r", load: () => import("../screens/orders.js"), menu: true },
  { name: "dead-letters", path: "/dead-letters", key: "d", load: () => import("../screens/dead-letters.js"), menu: true },
  { name: "fleet", path: "/fleet", key: "f", load: () => import("../screens/fleet.js"), menu: true },
  { name: "instances", path: "/instances", key: "i", load: () => import("../screens/instances.js"), menu: true },
  { name: "outbox", path: "/outbox", key: "b", load: () => import("../screens/outbox.js"), menu: true },
  { name: "breakers", path: "/breakers", key: "k", load: () => import("../screens/breakers.js"), menu: true },
  { name: "operations", path: "/operations", key: "p", load: () => import("../screens/operations.js"), menu: true },
  { name: "audit", path: "/audit", key: "a", load: () => import("../screens/audit.js"), menu: true },
  { name: "configuration", path: "/configuration", key: "c", load: () => import("../screens/configuration.js"), menu: true },
  { name: "help", path: "/help", key: "h", load: () => import("../screens/help.js"), menu: false },
];
