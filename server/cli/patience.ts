/** When V8 optimises and collects garbage: late while a program is loaded and read, which most runs are short enough to notice. The loader begins with it. */
import { setFlagsFromString } from 'node:v8';

/**
 * Loads WebAssembly whose functions are optimised only after long use. V8 counts the bytes of a loop's body at each turn, and the
 * parser's one great loop uses up the usual budget within a hundred tokens; optimising it takes 20 MB and longer than reading
 * most programs. With the highest budget that begins after some 80,000 turns.
 */
export async function patiently<T>(load: () => Promise<T>): Promise<T> {
  const [usual, highest] = [1_800_000, 2_000_000_000];
  setFlagsFromString(`--wasm-tiering-budget=${highest}`);
  try {
    return await load();
  } finally {
    setFlagsFromString(`--wasm-tiering-budget=${usual}`);
  }
}

/** Ends the loader's patience: from here on V8 optimises what runs often, and lets its young generation grow, as it does by itself. */
export function optimiseReadily(): void {
  setFlagsFromString('--interrupt-budget=67584 --semi-space-growth-factor=2');
}

/**
 * The same for a check. V8 optimises later than by itself and inlines fewer callees: an analysis has many warm functions and hardly a
 * hot one, and compiling each with all that it calls, once in each thread, takes a quarter of the processor's time over a repository.
 */
export function optimiseSparingly(): void {
  setFlagsFromString('--interrupt-budget=270336 --max-inlined-bytecode-size-cumulative=100 --semi-space-growth-factor=2');
}
