/** What the console uses of preact. */
export interface VNode { type: any; props: any; key: any }
export function h(type: any, props: Record<string, any> | null, ...children: any[]): VNode;
export function render(node: any, parent: Element): void;
export const Fragment: unique symbol;
