/**
 * `time` and `datetime`. A run has the clock it was given (none: the beginning of time); while checking, times are not known.
 */
import type { Interpreter } from '../interpreter.ts';
import type { ModuleValue, Value } from '../values.ts';
import { anything, partialModule, silent } from './module.ts';

export function timeModule(interp: Interpreter): ModuleValue {
  const now = (): number | undefined => (interp.mode === 'run' ? (interp.options.clock?.() ?? 0) : undefined);
  const seconds = (name: string): readonly [string, Value] => [name, interp.native(name, () => interp.float(now()))];
  const nanoseconds = (name: string): readonly [string, Value] => [
    name,
    interp.native(name, () => {
      const t = now();
      return t === undefined ? interp.freshInt('?', { least: 0 }) : interp.bigint(BigInt(Math.trunc(t * 1e9)));
    }),
  ];
  return partialModule(interp, 'time', [], {
    ...Object.fromEntries(['time', 'perf_counter', 'monotonic', 'process_time', 'thread_time'].map(seconds)),
    ...Object.fromEntries(['time_ns', 'perf_counter_ns', 'monotonic_ns', 'process_time_ns'].map(nanoseconds)),
    sleep: silent(interp, 'sleep'),
    strftime: interp.native('strftime', () => interp.str(), anything),
    ctime: interp.native('ctime', () => interp.str(), anything),
    asctime: interp.native('asctime', () => interp.str(), anything),
  });
}
