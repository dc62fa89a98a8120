/** Statements: structure and spans. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse, sketchFile, spans } from './parser-sketch.ts';

const CASES: readonly (readonly [source: string, tree: string])[] = [
  ['a = b = c', 'a = b = c'],
  ['a, *b = c', 'Tuple(a *b) = c'],
  ['(a) = 1', 'a = 1'],
  ['[a, b] = c', 'List(a b) = c'],
  ['type(a).b = c', 'type(a).b = c'],
  ['a: int', 'a: int'],
  ['a.b: dict[str, int] | None = c', 'a.b: (dict[Tuple(str int)] | None) = c'],
  ['x: list[int] | int | None', 'x: ((list[int] | int) | None)'],
  ['a //= b', 'a //= b'],
  ['a @= b, c', 'a @= Tuple(b c)'],
  ['a; b; c;', 'a\nb\nc'],
  ['a = 1 + \\\n  2', 'a = (1 + 2)'],
  ['del a, b[0]', 'del a b[0]'],
  ['del (a, b)', 'del Tuple(a b)'],
  ['assert a, b', 'assert a b'],
  ['raise A from b', 'raise A from b'],
  ['raise', 'raise'],
  ['global a, b', 'global a b'],
  ['import a.b as c, d', 'import a.b as c d'],
  ['from . import a', 'from 1: a'],
  ['from ..b . c import (d as e, f,)', 'from 2:b.c d as e f'],
  ['from ...a import *', 'from 3:a *'],
  ['from __future__ import annotations', 'from 0:__future__ annotations'],
  ['type X[T] = list[T]', 'type X = list[T]'],
  ['if a: b\nelif c: d\nelse: e', 'if a {b} else {if c {d} else {e}}'],
  ['while a: break\nelse: continue', 'while a {break} else {continue}'],
  ['for x in *a, b: pass\nelse: c', 'for x in Tuple(*a b) {pass} else {c}'],
  ['try: a\nexcept (A, B) as e: b\nexcept: c\nelse: d\nfinally: f', 'try {a} except Tuple(A B) as e {b} except {c} else {d} finally {f}'],
  ['try: a\nexcept* A as e: b', 'try {a} except A as e {b}'],
  ['with a as b, c: d', 'with a as b, c {d}'],
  ['with (a as b, c): d', 'with a as b, c {d}'],
  ['with (a, b): c', 'with a, b {c}'],
  ['with (a,): c', 'with a {c}'],
  ['with (a, b) as c: d', 'with Tuple(a b) as c {d}'],
  ['with (a) as b: d', 'with a as b {d}'],
  ['with a if b else c as d: e', 'with (a if b else c) as d {e}'],
  ['with a as (b, c.d): e', 'with a as Tuple(b c.d) {e}'],
  ['@a.b(c)\n@d\nclass A(B, *C, m=D): pass', '@a.b(c) @d class A(B *C m=D) {pass}'],
  ['class A[T]: pass', 'class A() {pass}'],
  ['async def f[T](a) -> int: ...', 'async def f(either:a) -> int {...}'],
  [
    'def f(a, b: int, /, c=1, *, d: str = 2, **e): pass',
    'def f(positional:a positional:b:int either:c=1 keyword:d:str=2 star-star:e) {pass}',
  ],
  ['def f(*args: *tuple[int, ...], k): pass', 'def f(star:args:*tuple[Tuple(int ...)] keyword:k) {pass}'],
  ['match = case = 1', 'match = case = 1'],
  ['match (x):\n case _: pass', 'match x case _ {pass}'],
  ['match a, b:\n case 1, *_: c', 'match Tuple(a b) case [=1 *_] {c}'],
  [
    'match a:\n case {"k": -1, **r} if g: b\n case A.B(x, y=2) | [z]: c',
    'match a case {"k":=(- 1) **r} if g {b} case (A.B(x y=2) | [z]) {c}',
  ],
  ['match a:\n case (1 | 2) as n: b\n case a.b: c\n case None: d', 'match a case ((=1 | =2) as n) {b} case =a.b {c} case =None {d}'],
];

test('statements have the structure that Python gives them', () => {
  for (const [source, tree] of CASES) assert.equal(sketchFile(source), tree, source);
});

test('a compound statement ends with its last statement, a definition starts after its decorators', () => {
  assert.deepEqual(spans('@a\ndef f(): pass  # c\n\n# d\n')[0], 'FunctionDef def f(): pass');
  assert.deepEqual(spans('if a:\n  b;\n\nelse:\n  c\n# d\n')[0], 'If if a:\n  b;\n\nelse:\n  c');
});

test('comments are kept with their text', () => {
  const text = '# a\nx = (1, # b\r\n  "# no", 2)\n';
  assert.deepEqual(
    parse(text).comments.map((c) => [c.text, c.start]),
    [
      ['# a', 0],
      ['# b', 12],
    ],
  );
});

test('line endings, tabs, form feeds, marks and NUL bytes do not lose statements', () => {
  assert.equal(
    sketchFile('class A:\r\n    def f(self):\r\n        return 1\r\nx = (1,\r\n  2)\r\n'),
    'class A() {def f(either:self) {return 1}}\nx = Tuple(1 2)',
  );
  assert.equal(sketchFile('if a:\r  x = 1\ry = 2\r'), 'if a {x = 1}\ny = 2');
  assert.equal(sketchFile('if a:\n\tx\n\tif b:\n\t\ty\nz'), 'if a {x; if b {y}}\nz');
  assert.equal(sketchFile('\uFEFF\fx = 1\n\f\ny = 2'), 'x = 1\ny = 2');
  assert.equal(sketchFile(''), '');
  const file = parse('x = 1\0\ny = 2');
  assert.equal(file.body.length, 2);
  assert.deepEqual(
    file.errors.map((e) => e.start),
    [5],
  );
});

test('identifiers are compared in normal form', () => {
  assert.equal(sketchFile('ﬁ = 1'), 'fi = 1');
});
