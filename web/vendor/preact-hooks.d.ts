/** What the console uses of preact's hooks. */
type Ending = void | boolean | (() => void);
export function useState<S>(first: S | (() => S)): [S, (next: S | ((before: S) => S)) => void];
export function useEffect(effect: () => Ending, inputs?: readonly unknown[]): void;
export function useLayoutEffect(effect: () => Ending, inputs?: readonly unknown[]): void;
export function useRef<T>(first: T): { current: T };
export function useMemo<T>(make: () => T, inputs: readonly unknown[]): T;
export function useCallback<T extends Function>(callback: T, inputs: readonly unknown[]): T;
