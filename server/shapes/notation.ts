/**
 * Shapes against the notation: matching binds the names of a pattern and makes what it says a fact; instantiating writes the
 * shape that a pattern means. See `pattern.ts` for the notation itself.
 */
import type { Decision } from '../dims/cond.ts';
import { eq } from '../dims/cond.ts';
import type { Dim } from '../dims/dim.ts';
import { add, constant, floorDiv, max, min, mod, mul, sub, symbol } from '../dims/dim.ts';
import type { Expression, ShapePattern, SizePattern } from './pattern.ts';
import { namesIn, namesOf, parsePattern, parseSignature, spellPattern } from './pattern.ts';
import type { Shape } from './shape.ts';
import { concatenate, freshRun, greatestRank, leastRank, scalar, shapeOf, unknownShape, withRun } from './shape.ts';
import type { World } from './world.ts';

export { parsePattern, parseSignature, spellPattern };

/** The sizes that names stand for. Runs and absent sizes are kept beside it, under the same map. */
export type Env = Map<string, Dim>;

interface Beside {
  readonly runs: Map<string, Shape>;
  readonly present: Map<string, boolean>;
}

const beside = new WeakMap<Env, Beside>();

function besideOf(env: Env): Beside {
  let known = beside.get(env);
  if (known === undefined) beside.set(env, (known = { runs: new Map(), present: new Map() }));
  return known;
}

export type Match =
  | { readonly ok: true }
  /** A size differs; the axis counts from the end where it is negative. */
  | {
      readonly ok: false;
      readonly kind: 'size';
      readonly axis: number;
      readonly expected: Dim;
      readonly got: Dim;
      readonly pattern: SizePattern;
    }
  /** The number of sizes cannot be right: wanted is between `least` and `greatest`, or one of these two. */
  | { readonly ok: false; readonly kind: 'rank'; readonly least: number; readonly greatest: number; readonly got: Shape }
  /** The sizes under a run differ from those the run was bound to. */
  | { readonly ok: false; readonly kind: 'run'; readonly expected: Shape; readonly got: Shape };

/** Matches a shape with a pattern. Names not yet in `env` are bound; everything else becomes a fact or the reason why not. */
export function matchShape(world: World, pattern: ShapePattern, shape: Shape, env: Env): Match {
  const runAt = pattern.sizes.findIndex(({ kind }) => kind === 'run');
  return runAt < 0 ? matchFixed(world, pattern, shape, env) : matchAround(world, pattern, shape, env, runAt);
}

const isOptional = (size: SizePattern): boolean => size.kind === 'size' && size.optional;
const optionalName = (size: SizePattern): string => (size.kind === 'size' ? (namesIn(size.value)[0] ?? '') : '');

/** No run in the pattern: the number of sizes tells whether the optional ones are there (all of them or none). */
function matchFixed(world: World, pattern: ShapePattern, shape: Shape, env: Env): Match {
  const { present } = besideOf(env);
  const optional = pattern.sizes.filter(isOptional);
  const known = optional.map((size) => present.get(optionalName(size))).find((value) => value !== undefined);
  const full = pattern.sizes.length;
  const bare = full - optional.length;
  const least = known === true ? full : bare;
  const greatest = known === false ? bare : full;
  const { decision, shape: now } = world.limitRank(shape, least, greatest);
  const between = now.run === undefined && now.head.length !== full && now.head.length !== bare;
  if (decision === 'no' || between) return { ok: false, kind: 'rank', least, greatest, got: now };
  const there = leastRank(now) > bare ? true : greatestRank(now) < full ? false : undefined;
  if (there === undefined && optional.length > 0) return matchOpen(world, pattern, now, env);
  for (const size of optional) present.set(optionalName(size), there === true);
  const sizes = there === true ? pattern.sizes : pattern.sizes.filter((size) => !isOptional(size));
  const { shape: fixed } = world.requireRank(now, sizes.length);
  return matchSizes(world, sizes, fixed.head, 0, env);
}

/** Whether the optional sizes are there cannot be told: the sizes before and after them are matched all the same. */
function matchOpen(world: World, pattern: ShapePattern, shape: Shape, env: Env): Match {
  const first = pattern.sizes.findIndex(isOptional);
  const last = pattern.sizes.findLastIndex(isOptional);
  const before = matchSizes(world, pattern.sizes.slice(0, first), sizesFrom(world, shape, 0, first), 0, env);
  if (!before.ok) return before;
  const count = pattern.sizes.length - last - 1;
  return matchSizes(world, pattern.sizes.slice(last + 1), sizesFrom(world, shape, -count, count), -count, env);
}

/** Sizes before the run from the start, sizes after it from the end; what is between is the run. */
function matchAround(world: World, pattern: ShapePattern, shape: Shape, env: Env, runAt: number): Match {
  const before = pattern.sizes.slice(0, runAt);
  const after = pattern.sizes.slice(runAt + 1);
  const { decision, shape: now } = world.limitRank(shape, before.length + after.length, Infinity);
  if (decision === 'no') return { ok: false, kind: 'rank', least: before.length + after.length, greatest: Infinity, got: now };
  const start = matchSizes(world, before, sizesFrom(world, now, 0, before.length), 0, env);
  if (!start.ok) return start;
  const end = matchSizes(world, after, sizesFrom(world, now, -after.length, after.length), -after.length, env);
  if (!end.ok) return end;
  const run = pattern.sizes[runAt];
  if (run?.kind !== 'run' || run.any) return { ok: true };
  const inner = middleOf(world.resolve(now), before.length, after.length);
  const { runs } = besideOf(env);
  const bound = runs.get(run.name ?? '');
  if (inner === undefined) return { ok: true };
  if (bound === undefined) {
    runs.set(run.name ?? '', inner);
    return { ok: true };
  }
  const unified = world.unify(bound, inner);
  return unified.decision === 'no' ? { ok: false, kind: 'run', expected: world.resolve(bound), got: world.resolve(inner) } : { ok: true };
}

function sizesFrom(world: World, shape: Shape, from: number, count: number): readonly (Dim | undefined)[] {
  // The outermost index first, so that a run is split once.
  const indices = Array.from({ length: count }, (_, i) => from + i);
  const outermost = from < 0 ? indices[0] : indices.at(-1);
  if (outermost !== undefined) world.sizeAt(shape, outermost);
  return indices.map((index) => world.sizeAt(shape, index));
}

function middleOf(shape: Shape, before: number, after: number): Shape | undefined {
  if (shape.run === undefined) return shapeOf(shape.head.slice(before, shape.head.length - after));
  if (shape.head.length < before || shape.tail.length < after) return undefined;
  return withRun(shape.head.slice(before), shape.run, shape.tail.slice(0, shape.tail.length - after));
}

function matchSizes(world: World, patterns: readonly SizePattern[], sizes: readonly (Dim | undefined)[], first: number, env: Env): Match {
  for (const [i, pattern] of patterns.entries()) {
    const got = sizes[i];
    if (pattern.kind !== 'size' || got === undefined) continue;
    const expected = matchSize(world, pattern.value, got, env);
    if (expected !== undefined) return { ok: false, kind: 'size', axis: first + i, expected, got: world.facts.simplify(got), pattern };
  }
  return { ok: true };
}

/** Gives the expected size where it cannot be the one that is there. */
function matchSize(world: World, expression: Expression, got: Dim, env: Env): Dim | undefined {
  if (expression.kind === 'name' && !env.has(expression.name)) {
    env.set(expression.name, got);
    return undefined;
  }
  const expected = valueOfExpression(expression, env);
  const decision: Decision = world.require(eq(expected, got));
  return decision === 'no' ? world.facts.simplify(expected) : undefined;
}

/** Gives every name of a pattern that is not yet in `env` a symbol of that name: for shapes that a user declares. */
export function declareNames(pattern: ShapePattern, env: Env): void {
  for (const name of namesOf(pattern)) if (!env.has(name)) env.set(name, symbol(name, { least: 0 }));
}

/** The size an expression stands for; a name that is not in `env` becomes a symbol of that name. */
export function valueOfExpression(expression: Expression, env: Env): Dim {
  switch (expression.kind) {
    case 'number':
      return constant(expression.value);
    case 'name': {
      let known = env.get(expression.name);
      if (known === undefined) env.set(expression.name, (known = symbol(expression.name, { least: 0 })));
      return known;
    }
    case 'call':
      return (expression.name === 'min' ? min : max)(...expression.of.map((part) => valueOfExpression(part, env)));
    case 'binary': {
      const left = valueOfExpression(expression.left, env);
      const right = valueOfExpression(expression.right, env);
      switch (expression.sign) {
        case '+':
          return add(left, right);
        case '-':
          return sub(left, right);
        case '*':
          return mul(left, right);
        case '//':
          return floorDiv(left, right);
        case '%':
          return mod(left, right);
      }
    }
  }
}

/** The shape that a pattern means where its names stand for `env`; names and runs not in it become unknown. */
export function instantiate(pattern: ShapePattern, env: Env): Shape {
  const { runs, present } = besideOf(env);
  let shape: Shape = scalar;
  for (const size of pattern.sizes) shape = concatenate(shape, partOf(size));
  return shape;

  function partOf(size: SizePattern): Shape {
    if (size.kind === 'any') return shapeOf([symbol('?', { least: 0 })]);
    if (size.kind === 'run') {
      if (size.any) return unknownShape();
      const name = size.name ?? '';
      const known = runs.get(name) ?? unknownShape(size.name);
      runs.set(name, known);
      return known;
    }
    if (!size.optional) return shapeOf([valueOfExpression(size.value, env)]);
    const there = present.get(optionalName(size));
    if (there === undefined) return withRun([], freshRun(undefined, 0, 1), []);
    return there ? shapeOf([valueOfExpression(size.value, env)]) : scalar;
  }
}

/**
 * One signature applied to shapes: matches every input, then gives the outputs. An input that is `undefined` is absent, which
 * only an optional one may be.
 */
export function applySignature(
  world: World,
  text: string,
  inputs: readonly (Shape | undefined)[],
  env: Env,
): { readonly shapes: readonly Shape[] } | { readonly input: number; readonly match: Exclude<Match, { ok: true }> } {
  const signature = parseSignature(text);
  for (const [i, pattern] of signature.inputs.entries()) {
    const shape = inputs[i];
    if (shape === undefined) continue;
    const match = matchShape(world, pattern, shape, env);
    if (!match.ok) return { input: i, match };
  }
  return { shapes: signature.outputs.map((pattern) => world.resolve(instantiate(pattern, env))) };
}
