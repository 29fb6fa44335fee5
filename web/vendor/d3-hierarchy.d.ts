/** What the console uses of d3-hierarchy. */
export interface HierarchyNode<T> {
  data: T; depth: number; height: number; parent: HierarchyNode<T> | null; children?: HierarchyNode<T>[]; x: number; y: number; id?: string;
  each(visit: (node: HierarchyNode<T>) => void): this;
  eachBefore(visit: (node: HierarchyNode<T>) => void): this;
  eachAfter(visit: (node: HierarchyNode<T>) => void): this;
  sum(of: (row: T) => number): this;
  count(): this;
  sort(compare: (a: HierarchyNode<T>, b: HierarchyNode<T>) => number): this;
  descendants(): HierarchyNode<T>[];
  ancestors(): HierarchyNode<T>[];
  leaves(): HierarchyNode<T>[];
  links(): { source: HierarchyNode<T>; target: HierarchyNode<T> }[];
}
export interface Layout {
  (root: HierarchyNode<any>): HierarchyNode<any>;
  size(size: [number, number]): this;
  nodeSize(size: [number, number]): this;
  separation(separation: (a: HierarchyNode<any>, b: HierarchyNode<any>) => number): this;
}
export function hierarchy<T>(data: T, children?: (data: T) => Iterable<T> | null | undefined): HierarchyNode<T>;
export function tree(): Layout;
export function cluster(): Layout;
export function stratify<T>(): { (rows: T[]): HierarchyNode<T>; id(of: (row: T) => string): any; parentId(of: (row: T) => string | null): any; path(of: (row: T) => string): any };
