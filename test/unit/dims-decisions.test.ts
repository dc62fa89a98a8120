/**
 * What model code needs decided: each row is a chain of assumptions and a question with its answer.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { and, divides, eq, flag, ge, gt, isFlag, le, lt, ne, not, or, spellCond } from '../../server/dims/cond.ts';
import type { Dim } from '../../server/dims/dim.ts';
import {
  add,
  choose,
  constant,
  floorDiv,
  max,
  min,
  mod,
  mul,
  power,
  same,
  spell,
  sub,
  substitute,
  symbol,
  symbolsOf,
  valueOf,
} from '../../server/dims/dim.ts';
import { Facts } from '../../server/dims/facts.ts';
import { Trail } from '../../server/dims/trail.ts';

const c = constant;
const size = (name: string): Dim => symbol(name, { least: 0 });
const positive = (name: string): Dim => symbol(name, { least: 1 });
const times = (...of: Dim[]): Dim => of.reduce(mul);
const given = (...conds: Parameters<Facts['assume']>[0][]): Facts => {
  const facts = new Facts(new Trail());
  for (const cond of conds) assert.ok(facts.assume(cond), `${spellCond(cond)} was refused`);
  return facts;
};

test('products do not depend on their order', () => {
  const [B, T, D] = [size('B'), size('T'), size('D')];
  assert.ok(same(times(B, T, D), times(D, B, T)));
  assert.ok(same(mul(add(T, c(1)), D), add(D, mul(D, T))));
  assert.equal(given().decide(eq(times(B, T), times(T, B))), 'yes');
});

test('quotients simplify where division is exact', () => {
  const [N, K] = [size('N'), positive('K')];
  assert.ok(same(floorDiv(mul(c(2), N), c(2)), N));
  assert.ok(same(floorDiv(mul(c(4), N), c(4)), N));
  assert.ok(same(floorDiv(times(N, K), K), N));
  assert.equal(valueOf(mod(times(N, K), K)), 0);
  assert.ok(same(floorDiv(floorDiv(N, c(2)), c(2)), floorDiv(N, c(4))));
  assert.ok(same(floorDiv(mul(add(N, c(1)), K), add(N, c(1))), K));
  assert.ok(same(floorDiv(N, c(-2)), floorDiv(sub(c(0), N), c(2))));
});

test('a quotient by a size that may be zero has a value only where it is not', () => {
  const [N, K] = [size('N'), size('K')];
  assert.equal(spell(floorDiv(N, K)), 'N//K');
  assert.ok(same(floorDiv(times(N, K), K), N));
  assert.equal(spell(floorDiv(N, c(0))), 'N//0');
  const facts = given(eq(floorDiv(N, K), c(3)));
  assert.equal(facts.decide(eq(K, c(0))), 'no');
});

test('the same window written in two ways is the same size', () => {
  const [L, P, K, S] = [size('L'), size('P'), positive('K'), positive('S')];
  const one = add(floorDiv(sub(add(L, mul(c(2), P)), K), S), c(1));
  const other = add(c(1), floorDiv(sub(add(add(L, P), P), add(sub(K, c(1)), c(1))), S));
  assert.ok(same(one, other));
  assert.equal(spell(one), '(L + 2*P - K)//S + 1');
  const halved = (d: Dim): Dim => add(floorDiv(sub(add(d, c(2)), c(3)), c(2)), c(1));
  assert.equal(spell(halved(L)), '(L + 1)//2');
  assert.equal(spell(halved(halved(L))), '(L + 3)//4');
});

test('sizes are spelled as a user would write them', () => {
  const [B, T, hidden] = [size('B'), size('T'), size('hidden_size')];
  const bidirectional = isFlag(flag('bidirectional'));
  assert.equal(spell(mul(hidden, c(2))), '2*hidden_size');
  assert.equal(spell(add(floorDiv(T, c(2)), c(1))), 'T//2 + 1');
  assert.equal(spell(mul(T, B)), 'B*T');
  assert.equal(spell(choose(bidirectional, hidden, B)), '(hidden_size if bidirectional else B)');
  assert.equal(spell(choose(bidirectional, symbol('B'), B)), 'B');
  assert.equal(spell(choose(bidirectional, mul(c(2), hidden), hidden)), 'hidden_size*(2 if bidirectional else 1)');
  assert.equal(spell(sub(c(1), T)), '1 - T');
  assert.equal(spell(mul(c(2), floorDiv(T, c(2)))), '2*(T//2)');
  assert.equal(spell(mul(floorDiv(hidden, T), T)), 'T*(hidden_size//T)');
  assert.equal(spell(mod(T, c(2))), 'T % 2');
  assert.equal(spell(max(c(1), T)), 'max(T, 1)');
  assert.equal(spell(mul(hidden, hidden)), 'hidden_size**2');
  assert.equal(spell(mul(symbol('?'), c(2))), '?');
  assert.equal(spellCond(lt(T, c(5))), 'T < 5');
  assert.equal(spellCond(divides(T, hidden)), 'hidden_size % T == 0');
});

test('parts of a size make the whole again where they divide it', () => {
  const [B, C, H, W, T] = [size('B'), size('C'), size('H'), size('W'), size('T')];
  const [p, heads, kv] = [symbol('patch'), symbol('n_head'), symbol('n_kv')];
  const patches = given(divides(p, H), divides(p, W));
  const grid = mul(floorDiv(H, p), floorDiv(W, p));
  assert.equal(patches.decide(eq(times(B, C, H, W), times(B, grid, C, p, p))), 'yes');
  assert.equal(given(divides(power(p, 2), C)).decide(eq(times(floorDiv(C, mul(p, p)), p, p), C)), 'yes');
  assert.equal(given(divides(kv, heads)).decide(eq(mul(kv, floorDiv(heads, kv)), heads)), 'yes');
  assert.equal(given().decide(eq(add(floorDiv(T, c(2)), sub(T, floorDiv(T, c(2)))), T)), 'yes');
  const packed = given(divides(heads, C));
  assert.equal(packed.decide(eq(times(c(3), B, T, C), times(B, T, c(3), heads, floorDiv(C, heads)))), 'yes');
  const width = mul(heads, symbol('head_dim'));
  assert.equal(spell(floorDiv(width, heads)), 'head_dim');
  assert.equal(valueOf(mod(width, heads)), 0);
});

test('known divisibility makes heads times head size the model size', () => {
  const [B, T, D, H] = [size('B'), size('T'), size('D'), positive('H')];
  const head = floorDiv(D, H);
  assert.equal(given().decide(eq(mul(H, head), D)), 'unknown');
  const facts = given(divides(H, D));
  assert.ok(same(facts.simplify(mul(H, head)), D));
  assert.equal(facts.decide(eq(times(B, T, D), times(B, T, H, head))), 'yes');
  const named = symbol('head_dim', { least: 0 });
  assert.ok(facts.assume(eq(named, head)));
  assert.equal(facts.decide(eq(mul(named, H), D)), 'yes');
  assert.ok(same(facts.simplify(floorDiv(times(c(4), D), H)), mul(c(4), floorDiv(D, H))));
  assert.equal(facts.decide(divides(H, times(B, D))), 'yes');
});

test('an assertion that head size times heads is the model size is divisibility', () => {
  const [D, H] = [size('D'), positive('H')];
  const facts = given(eq(mul(floorDiv(D, H), H), D));
  assert.equal(facts.decide(divides(H, D)), 'yes');
  assert.equal(facts.decide(eq(mul(c(3), D), times(c(3), H, floorDiv(D, H)))), 'yes');
});

test('divisibility by numbers', () => {
  const D = size('D');
  const facts = given(divides(c(8), D));
  assert.equal(facts.decide(divides(c(4), D)), 'yes');
  assert.equal(facts.decide(eq(mod(add(D, c(3)), c(8)), c(3))), 'yes');
  assert.equal(facts.decide(eq(D, c(12))), 'no');
  assert.equal(facts.decide(eq(mul(c(2), floorDiv(D, c(8))), floorDiv(D, c(4)))), 'yes');
  assert.equal(given().decide(eq(mul(c(2), D), c(5))), 'no');
  assert.equal(given().decide(eq(mul(c(2), floorDiv(D, c(2))), D)), 'unknown');
  assert.equal(given(divides(c(2), D)).decide(eq(mul(c(2), floorDiv(D, c(2))), D)), 'yes');
});

test('a product cancels only where the factor is not zero', () => {
  const [B, T] = [size('B'), size('T')];
  assert.equal(given().decide(eq(mul(B, c(12)), mul(B, c(16)))), 'unknown');
  assert.equal(given(gt(B, c(0))).decide(eq(mul(B, c(12)), mul(B, c(16)))), 'no');
  const facts = given(ge(B, c(1)), eq(mul(B, T), mul(B, c(7))));
  assert.equal(valueOf(facts.simplify(T)), 7);
  const later = given(eq(mul(B, T), mul(B, c(7))));
  assert.equal(later.decide(eq(T, c(7))), 'unknown');
  assert.ok(later.assume(ne(B, c(0))));
  assert.equal(later.decide(eq(T, c(7))), 'yes');
});

test('equalities replace the unnamed and the newer symbol', () => {
  const user = size('hidden_size');
  const unnamed = symbol('?', { least: 0 });
  const newer = size('H');
  const facts = given(eq(user, unnamed), eq(newer, unnamed));
  assert.equal(spell(facts.simplify(unnamed)), 'hidden_size');
  assert.equal(spell(facts.simplify(newer)), 'hidden_size');
  assert.ok(facts.assume(eq(newer, c(64))));
  assert.equal(valueOf(facts.simplify(user)), 64);
  assert.equal(facts.assume(eq(user, c(65))), false);
});

test('bounds follow through sums, products and quotients', () => {
  const [T, S, M] = [size('T'), size('S'), size('M')];
  const facts = given(le(T, S), le(S, M), le(M, c(512)));
  assert.equal(facts.decide(le(T, M)), 'yes');
  assert.equal(facts.decide(gt(T, add(M, c(1)))), 'no');
  assert.equal(facts.bounds(S).greatest, 512);
  assert.equal(facts.decide(le(floorDiv(T, c(2)), T)), 'yes');
  assert.equal(facts.decide(lt(mod(T, c(4)), c(4))), 'yes');
  assert.deepEqual(given(ge(T, c(3)), lt(T, c(9))).bounds(floorDiv(T, c(2))), { least: 1, greatest: 4 });
  assert.equal(given(eq(floorDiv(T, c(2)), c(5))).bounds(T).greatest, 11);
  assert.equal(given(ne(T, c(0)), ne(T, c(1))).decide(ge(T, c(2))), 'yes');
});

test('flags settle choices, and impossible arms settle flags', () => {
  const H = positive('H');
  const both = isFlag(flag('bidirectional'));
  const width = mul(choose(both, c(2), c(1)), H);
  assert.ok(same(given(both).simplify(width), mul(c(2), H)));
  assert.ok(same(given(not(both)).simplify(width), H));
  assert.equal(given(eq(width, mul(c(2), H))).decide(both), 'yes');
  assert.equal(given().decide(ge(width, H)), 'yes');
  assert.equal(given().decide(eq(width, mul(c(3), H))), 'no');
  assert.equal(given().decide(or(both, not(both))), 'yes');
});

test('minima and maxima', () => {
  const [T, S] = [size('T'), size('S')];
  assert.equal(given().decide(le(min(T, S), T)), 'yes');
  assert.equal(given().decide(ge(max(T, S), S)), 'yes');
  assert.equal(given().decide(eq(add(min(T, S), max(T, S)), add(S, T))), 'yes');
  assert.ok(same(given(le(T, S)).simplify(min(T, S)), T));
  assert.equal(valueOf(min(T, c(-1))), -1);
  assert.equal(given(le(max(T, S), c(4))).decide(le(T, c(4))), 'yes');
});

test('an or is remembered until one part is left', () => {
  const [x, y] = [size('x'), size('y')];
  const facts = given(or(eq(x, c(1)), eq(x, y)), gt(x, c(1)));
  assert.equal(facts.decide(eq(x, y)), 'yes');
  assert.equal(given(or(eq(x, c(1)), eq(x, c(2)))).decide(eq(x, c(3))), 'no');
});

test('what contradicts is refused', () => {
  const [x, y] = [size('x'), size('y')];
  assert.equal(given(eq(x, add(y, c(1)))).assume(eq(x, y)), false);
  assert.equal(given(lt(x, y)).assume(lt(y, x)), false);
  assert.equal(given(divides(c(3), x)).assume(eq(x, c(4))), false);
  assert.equal(given(and(ge(x, c(2)), le(x, c(2)))).assume(ne(x, c(2))), false);
});

test('facts are taken back and joined with the branch they belong to', () => {
  const trail = new Trail();
  const facts = new Facts(trail);
  const [x, y] = [size('x'), size('y')];
  const first = trail.mark();
  assert.ok(facts.assume(eq(x, c(4))) && facts.assume(eq(y, c(2))));
  const yes = trail.undo(first);
  assert.equal(facts.decide(eq(y, c(2))), 'unknown');
  const second = trail.mark();
  assert.ok(facts.assume(eq(x, c(9))) && facts.assume(eq(y, c(2))));
  const no = trail.undo(second);
  trail.join(isFlag(flag('p')), yes, no);
  assert.equal(facts.decide(eq(y, c(2))), 'yes');
  assert.equal(facts.decide(eq(x, c(4))), 'unknown');
  assert.deepEqual(facts.bounds(x), { least: 4, greatest: 9 });
});

test('substitution reaches into quotients, choices and conditions', () => {
  const [x, y] = [size('x'), size('y')];
  const id = symbolsOf(x)[0]?.id;
  const d = choose(eq(x, c(1)), y, floorDiv(x, c(2)));
  const at = (value: number): Dim => substitute(d, (other) => (other === id ? c(value) : undefined));
  assert.equal(spell(at(1)), 'y');
  assert.equal(valueOf(at(9)), 4);
});

test('numbers stay numbers, with Python’s rounding', () => {
  for (const a of [-7, -1, 0, 3, 8]) {
    for (const b of [-3, -1, 1, 2, 5]) {
      assert.equal(valueOf(floorDiv(c(a), c(b))), Math.floor(a / b) + 0);
      assert.equal(valueOf(mod(c(a), c(b))), a - b * Math.floor(a / b) + 0);
    }
  }
  assert.equal(valueOf(power(c(2), 10)), 1024);
  assert.ok(Object.is(valueOf(mul(c(0), c(-5))), 0));
  assert.equal(valueOf(floorDiv(c(2 ** 53 - 1), c(2))), 2 ** 52 - 1);
});

test('origins ride along and take no part in equality', () => {
  const place = { what: 'the literal 128' };
  const a = constant(128, place);
  assert.ok(same(a, c(128)));
  assert.equal(a.origin, place);
  assert.deepEqual(mul(a, c(2)).origin?.from, [place]);
  assert.equal(c(128).origin, undefined);
});

test('a sum of many terms is divided like one of few', () => {
  const row = (name: string) => Array.from({ length: 9 }, (_, i) => size(`${name}${i}`));
  const [a, b, n] = [row('a'), row('b'), size('n')];
  const sum = a.flatMap((x) => b.map((y) => mul(x, y))).reduce(add);
  assert.ok(same(floorDiv(mul(c(2), sum), c(2)), sum));
  const facts = new Facts(new Trail());
  assert.equal(facts.assume(eq(mul(c(128), n), add(mul(c(2), sum), c(288)))), true);
  assert.equal(facts.decide(eq(add(mul(c(2), sum), c(288)), mul(c(128), n))), 'yes');
});
