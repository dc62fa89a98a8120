/** Expressions: structure, against what Python's own parser makes of the same text. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse, sketchFile, spans } from './parser-sketch.ts';

const CASES: readonly (readonly [source: string, tree: string])[] = [
  ['a + b * c', '(a + (b * c))'],
  ['-x ** 2', '(- (x ** 2))'],
  ['a ** b ** c', '(a ** (b ** c))'],
  ['a // b % c @ d', '(((a // b) % c) @ d)'],
  ['a & b ^ c', '((a & b) ^ c)'],
  ['a ^ b & c', '(a ^ (b & c))'],
  ['a & (b) ^ c & d | e', '(((a & b) ^ (c & d)) | e)'],
  ['a & (b ^ c)', '(a & (b ^ c))'],
  ['not a == b', '(not (a == b))'],
  ['a or b and c', '(a or (b and c))'],
  ['a < b <= c not in d is not e', '(a < b <= c not in d is not e)'],
  ['a if b else c if d else e', '(a if b else (c if d else e))'],
  ['(y := a if b else c)', '(y := (a if b else c))'],
  ['f(y := a, *b, c=1, **d)', 'f((y := a) *b c=1 **d)'],
  ['f(x for x in y)', 'f(generator(x for x in y))'],
  ['f(*a.b(c), d)', 'f(*a.b(c) d)'],
  ['await_x', 'await_x'],
  ['x[a]', 'x[a]'],
  ['x[a,]', 'x[Tuple(a)]'],
  ['x[a, 1:2:3, ..., ::, *b]', 'x[Tuple(a slice(1:2:3) ... slice(::) *b)]'],
  ['x[*a.b(c)]', 'x[Tuple(*a.b(c))]'],
  ['x[:-1]', 'x[slice(:(- 1):)]'],
  ['()', 'Tuple()'],
  ['(a)', 'a'],
  ['(a,)', 'Tuple(a)'],
  ['a, *b.c, d', 'Tuple(a *b.c d)'],
  ['a, *[b] * 3', 'Tuple(a *(List(b) * 3))'],
  ['[a, *b]', 'List(a *b)'],
  ['{a, b}', 'Set(a b)'],
  ['{}', 'Dict()'],
  ['{a: b, **c}', 'Dict(a:b **c)'],
  ['[x async for x in y if z if w for u in x]', 'list(x async for x in y if z if w for u in x)'],
  ['{k: v for k, v in z}', 'dict(k:v for Tuple(k v) in z)'],
  ['{x for x in y}', 'set(x for x in y)'],
  ['lambda: 0', 'lambda( -> 0)'],
  ['lambda a, /, b=1, *c, d, **e: a', 'lambda(positional:a either:b=1 star:c keyword:d star-star:e -> a)'],
  ['lambda *, a: a', 'lambda(keyword:a -> a)'],
  ['print(a, file=b)', 'print(a file=b)'],
  ['type(a).b', 'type(a).b'],
  ['match[case]', 'match[case]'],
  ['a.b[c].d(e)(f)', 'a.b[c].d(e)(f)'],
];

test('expressions have the structure that Python gives them', () => {
  for (const [source, tree] of CASES) assert.equal(sketchFile(source), tree, source);
});

test('await binds tighter than a power, and a yield makes a generator', () => {
  assert.equal(sketchFile('async def f(): await x ** 2'), 'async def f() {((await x) ** 2)}');
  assert.equal(sketchFile('def f():\n  x = yield\n  yield from x'), 'generator def f() {x = (yield); (yield from x)}');
  assert.equal(sketchFile('def f(): return lambda: (yield)'), 'def f() {return lambda( -> (yield))}');
});

test('spans are those of Python: parentheses belong to tuples, generators and outer operations only', () => {
  assert.deepEqual(spans('((a) + b)'), ['ExpressionStatement ((a) + b)', 'Binary (a) + b', 'Name a', 'Name b']);
  assert.deepEqual(spans('f((a, b))'), ['ExpressionStatement f((a, b))', 'Call f((a, b))', 'Name f', 'Tuple (a, b)', 'Name a', 'Name b']);
  assert.deepEqual(spans('x[a, b,]').slice(2), ['Name x', 'Tuple a, b,', 'Name a', 'Name b']);
  assert.deepEqual(spans('f(a for a in b)')[3], 'Comprehension (a for a in b)');
  assert.deepEqual(spans('for a, b in c: d').slice(1, 2), ['Tuple a, b']);
  assert.deepEqual(spans('a & (b) ^ c').slice(1, 4), ['Binary a & (b) ^ c', 'Binary a & (b)', 'Name a']);
  assert.deepEqual(spans('a ^ (b) & c').slice(1, 4), ['Binary a ^ (b) & c', 'Name a', 'Binary (b) & c']);
});

test('offsets count UTF-16 units', () => {
  const text = 'x = "😀é"; größe = y';
  const [first, second] = parse(text).body;
  assert.equal(text.slice(first?.start, first?.end), 'x = "😀é"');
  assert.equal(text.slice(second?.start, second?.end), 'größe = y');
});

test('ids are dense and unique', () => {
  const seen = new Set<number>();
  const file = parse('def f(a, b=1):\n  return [x & y ^ z for x in a if b]\nx = (\n');
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    if ('id' in value && typeof value.id === 'number') {
      assert.ok(!seen.has(value.id));
      seen.add(value.id);
    }
    Object.values(value).forEach(visit);
  };
  visit(file.body);
  assert.ok(seen.size > 10);
  for (const id of seen) assert.ok(id < file.nodes);
});
