// @ts-check
/** Orders: all of them as a table, or one. */
import { html } from "../lib/html.js";
import { route } from "../lib/router.js";
import { List } from "./orders/list.js";
import { One } from "./orders/one.js";

export default function Screen() {
  const id = route.value.rest;
  return id ? html`<${One} key=${id} id=${id} />` : html`<${List} />`;
}
