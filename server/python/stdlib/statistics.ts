/**
 * `statistics`: of numbers that are all known.
 */
import { sortItems } from '../builtins/ordering.ts';
import type { Interpreter } from '../interpreter.ts';
import { binary } from '../operators.ts';
import type { ModuleValue, Value } from '../values.ts';
import { exactSum } from './math.ts';
import type { Entry } from './module.ts';
import { partialModule } from './module.ts';

export function statisticsModule(interp: Interpreter): ModuleValue {
  const of = (name: string, least: number, compute: (xs: readonly number[]) => number): Entry => [
    `${name}(data, *args)`,
    (a) => {
      const items = interp.items(a[0] as Value);
      const xs = items?.map((v) => interp.asNumber(v));
      if (xs === undefined || xs.includes(undefined)) return interp.float();
      if (xs.length < least)
        interp.raise('ValueError', least === 1 ? `${name} requires at least one data point` : `${name} requires at least two data points`);
      const whole = items?.every((v) => interp.resolve(v).kind === 'int') === true;
      const result = compute(xs as number[]);
      return whole && Number.isInteger(result) ? interp.int(result) : interp.float(result);
    },
  ];
  const mean = (xs: readonly number[]) => exactSum(xs) / xs.length;
  const squares = (xs: readonly number[]) => {
    const m = mean(xs);
    return exactSum(xs.map((x) => (x - m) ** 2));
  };
  return partialModule(interp, 'statistics', [
    of('mean', 1, mean),
    [
      'fmean(data, weights=None)',
      (a) =>
        binary(interp, '*', interp.float(1), interp.call(interp.getAttr(interp.modules.import('statistics'), 'mean'), [a[0] as Value])),
    ],
    of('variance', 2, (xs) => squares(xs) / (xs.length - 1)),
    of('pvariance', 1, (xs) => squares(xs) / xs.length),
    of('stdev', 2, (xs) => Math.sqrt(squares(xs) / (xs.length - 1))),
    of('pstdev', 1, (xs) => Math.sqrt(squares(xs) / xs.length)),
    [
      'median(data)',
      (a) => {
        const items = interp.items(a[0] as Value);
        const sorted = items === undefined ? undefined : sortItems(interp, items, undefined, false);
        if (sorted === undefined) return interp.unknown();
        const n = sorted.length;
        if (n === 0) interp.raise('ValueError', 'no median for empty data');
        if (n % 2 === 1) return sorted[(n - 1) / 2] as Value;
        return binary(interp, '/', binary(interp, '+', sorted[n / 2 - 1] as Value, sorted[n / 2] as Value), interp.int(2));
      },
    ],
  ]);
}
