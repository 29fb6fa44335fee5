/** What the console uses of uPlot. */
export default class UPlot {
  constructor(options: Record<string, any>, data: any[], parent: HTMLElement);
  setData(data: any[]): void;
  setSize(size: { width: number; height: number }): void;
  destroy(): void;
}
