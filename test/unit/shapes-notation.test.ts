/** The shape notation: parsing, spelling, matching and instantiating. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { eq } from '../../server/dims/cond.ts';
import { constant, mul, spell, symbol, valueOf } from '../../server/dims/dim.ts';
import type { Env, Match } from '../../server/shapes/notation.ts';
import {
  applySignature,
  declareNames,
  instantiate,
  matchShape,
  parsePattern,
  parseSignature,
  spellPattern,
} from '../../server/shapes/notation.ts';
import type { Expression, ShapePattern, SizePattern } from '../../server/shapes/pattern.ts';
import { NotationError, spellSignature } from '../../server/shapes/pattern.ts';
import type { Shape } from '../../server/shapes/shape.ts';
import { shapeOf, shapeOfNumbers, spellShape, unknownShape, withRun } from '../../server/shapes/shape.ts';
import { World } from '../../server/shapes/world.ts';

const c = constant;
const numbers = (...sizes: number[]): Shape => shapeOfNumbers(sizes);

function match(pattern: string, shape: Shape, env: Env = new Map(), world = new World()): Match & { env: Record<string, string> } {
  const result = matchShape(world, parsePattern(pattern), shape, env);
  return { ...result, env: Object.fromEntries([...env].map(([name, d]) => [name, spell(world.facts.simplify(d))])) };
}

test('patterns are spelled as they are read', () => {
  const rows = [
    ['(*, in_features)', '[*, in_features]'],
    ['[B, 4*T, _, ...]', '[B, 4*T, ?, ...]'],
    ['(L, N?, D*H)', '[L, N?, D*H]'],
    ['()', '[]'],
    ['(B,)', '[B]'],
    ['(T // 2 + 1, (a+b)*c, a-(b-c))', '[T//2 + 1, (a + b)*c, a - (b - c)]'],
    ['(min(a, b), *batch, cfg.hidden)', '[min(a, b), *batch, cfg.hidden]'],
    ['(-1, ?)', '[-1, ?]'],
  ] as const;
  for (const [text, spelled] of rows) assert.equal(spellPattern(parsePattern(text)), spelled);
  assert.equal(
    spellSignature(parseSignature('(L, N?, H), (D*n, N?, H)? -> (L, N?, D*H), (D*n, N?, H)')),
    '[L, N?, H], [D*n, N?, H]? -> [L, N?, D*H], [D*n, N?, H]',
  );
});

test('what is not the notation is refused with the place', () => {
  const rows = [
    ['(a, b', 5],
    ['a, b', 0],
    ['(a b)', 3],
    ['(a + )', 5],
    ['(a, *, *)', 0],
    ['(a; b)', 2],
    ['(a) x', 4],
  ] as const;
  for (const [text, index] of rows) {
    assert.throws(
      () => parsePattern(text),
      (error) => error instanceof NotationError && error.index === index,
      text,
    );
  }
});

const expressions = fc.letrec<{ expression: Expression }>((tie) => ({
  expression: fc.oneof(
    { maxDepth: 3 },
    fc.record({ kind: fc.constant('name' as const), name: fc.constantFrom('B', 'T', 'hidden_size') }),
    fc.record({ kind: fc.constant('number' as const), value: fc.nat({ max: 99 }) }),
    fc.record({
      kind: fc.constant('binary' as const),
      sign: fc.constantFrom('+' as const, '-' as const, '*' as const, '//' as const, '%' as const),
      left: tie('expression') as fc.Arbitrary<Expression>,
      right: tie('expression') as fc.Arbitrary<Expression>,
    }),
  ),
})).expression;
const sizePatterns: fc.Arbitrary<SizePattern> = fc.oneof(
  fc.record({ kind: fc.constant('any' as const) }),
  fc.record({ kind: fc.constant('size' as const), value: expressions, optional: fc.boolean() }),
);

test('spelling and parsing are each other’s inverse', () => {
  const patterns: fc.Arbitrary<ShapePattern> = fc.record({ sizes: fc.array(sizePatterns, { maxLength: 4 }), optional: fc.boolean() });
  fc.assert(
    fc.property(patterns, (pattern) => {
      assert.equal(JSON.stringify(parsePattern(spellPattern(pattern))), JSON.stringify(pattern), spellPattern(pattern));
    }),
  );
});

test('names are bound on first sight and hold afterwards', () => {
  assert.deepEqual(match('(B, T, 2*H)', numbers(5, 7, 8)).env, { B: '5', T: '7', H: '4' });
  const twice = match('(n, n)', numbers(3, 4));
  assert.ok(!twice.ok && twice.kind === 'size' && twice.axis === 1);
  assert.equal(valueOf(twice.expected), 3);
  assert.equal(valueOf(twice.got), 4);
  assert.ok(!match('(2*H)', numbers(5)).ok);
});

test('ranks are required', () => {
  const wrong = match('(B, T)', numbers(1, 2, 3));
  assert.ok(!wrong.ok && wrong.kind === 'rank' && wrong.least === 2 && wrong.greatest === 2);
  const open = match('(*, H)', numbers());
  assert.ok(!open.ok && open.kind === 'rank' && open.greatest === Infinity);
});

test('an optional size is there or not by the rank, the same in every input', () => {
  const world = new World();
  const env: Env = new Map([['H', c(10)]]);
  assert.ok(matchShape(world, parsePattern('(L, N?, H)'), numbers(5, 10), env).ok);
  assert.equal(spellShape(instantiate(parsePattern('(L, N?, 2*H)'), env)), '[5, 20]');
  const hidden = matchShape(world, parsePattern('(D, N?, H)'), numbers(1, 3, 10), env);
  assert.ok(!hidden.ok && hidden.kind === 'rank' && hidden.greatest === 2);
});

test('an unknown shape learns what the pattern says', () => {
  const world = new World();
  const x = unknownShape('x');
  const env: Env = new Map([['in', c(64)]]);
  assert.ok(matchShape(world, parsePattern('(*, in)'), x, env).ok);
  assert.equal(spellShape(world.resolve(x)), '[*x, 64]');
  assert.equal(spellShape(world.resolve(instantiate(parsePattern('(*, 10)'), env))), '[*x, 10]');
  assert.ok(!matchShape(world, parsePattern('(*, n)'), x, new Map([['n', c(65)]])).ok);
  const y = unknownShape();
  assert.ok(matchShape(world, parsePattern('(L, N?, H)'), y, new Map([['H', c(3)]])).ok);
  assert.equal(spellShape(world.resolve(y)), '[?, *, 3]');
  assert.equal(world.decideRank(y, 2, 3), 'yes');
});

test('declared names become the names of unknown sizes', () => {
  const world = new World();
  const x = unknownShape();
  const env: Env = new Map();
  const pattern = parsePattern('(batch, T, 2*hidden)');
  declareNames(pattern, env);
  assert.ok(matchShape(world, pattern, x, env).ok);
  assert.equal(spellShape(world.resolve(x)), '[batch, T, 2*hidden]');
});

test('a signature carries the run and the sizes over', () => {
  const world = new World();
  const H = symbol('H', { least: 1 });
  const env: Env = new Map([['in', mul(c(2), H)]]);
  const x = withRun([symbol('B')], unknownShape().run, [mul(H, c(2))]);
  const result = applySignature(world, '(*, in) -> (*, out), (*)', [x], env.set('out', c(7)));
  assert.ok('shapes' in result);
  assert.deepEqual(result.shapes.map(spellShape), ['[B, *, 7]', '[B, *]']);
  const wrong = applySignature(world, '(*, in) -> (*)', [numbers(2, 5)], new Map([['in', c(4)]]));
  assert.ok('match' in wrong && wrong.match.kind === 'size' && wrong.match.axis === -1);
  assert.equal(world.facts.decide(eq(H, c(1))), 'unknown');
});

test('the same run must be the same sizes', () => {
  const world = new World();
  const result = applySignature(world, '(*, n), (*) -> (*)', [numbers(2, 3, 4), numbers(2, 5)], new Map());
  assert.ok('match' in result && result.input === 1 && result.match.kind === 'run');
  const any = applySignature(world, '(..., n), (..., n) -> (n)', [numbers(2, 3, 4), numbers(4)], new Map());
  assert.ok('shapes' in any);
  assert.equal(spellShape(shapeOf([c(4)])), '[4]');
});
