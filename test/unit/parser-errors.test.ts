/** Syntax errors cost the statement they are in and no other; nothing in a text makes the parser throw. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parse, parser, survivors } from './parser-sketch.ts';

const CLASS = ['class A:', '  def f(self, x):', '    y = 1', '    @@', '    return y', '  def g(self): return 2', 'z = 3'];
const WITHOUT = ['class A:', 'def f(self, x):', 'y = 1', 'return y', 'def g(self): return 2', 'return 2', 'z = 3'];

const BROKEN = [
  'x = self.lstm(',
  'x = self.lstm(a, b=[1, 2',
  'x = self.',
  'x =',
  'x = a +',
  'x = = 2',
  "x = 'abc",
  'x = f"{a',
  'x = a]',
  'x = (a]',
  'for x in',
  'if x',
  'a b',
  'x = {',
  'x[1:',
  'def',
  '@',
  'print "x"',
  'return return',
  'x = """abc',
  'import',
  'from a import',
  'lambda',
  'x = $',
  'x = 1 if 2',
  'assert',
  'del',
  'with',
  'while',
  'try',
  'f(**',
  'x = f(a,',
  'x = a if b else',
  'x = not',
  'await',
];

test('a broken line inside a method loses nothing else of the file', () => {
  for (const broken of BROKEN) {
    const text = CLASS.join('\n').replace('@@', () => broken);
    assert.deepEqual(survivors(text), WITHOUT, broken);
    assert.ok(parse(text).errors.length > 0, broken);
  }
});

test('the fault is on the broken line', () => {
  for (const broken of BROKEN) {
    const text = CLASS.join('\n').replace('@@', () => broken);
    const line = text.slice(0, parse(text).errors[0]?.start).split('\n').length;
    assert.equal(line, 4, broken);
  }
});

test('a broken header costs its block, a broken branch only itself', () => {
  assert.deepEqual(survivors('a\nif x = = 1:\n  b\n  c\nelse:\n  d\ne'), ['a', 'e']);
  assert.deepEqual(survivors('if x:\n  a\nelif = y:\n  b\nelse:\n  c\nd'), ['if x:', 'a', 'c', 'd']);
  assert.deepEqual(survivors('@a\ndef f(:\n  b\nc'), ['c']);
  assert.deepEqual(survivors('class A\n  def f(self): pass\nclass B:\n  x = 1'), ['class B:', 'x = 1']);
  assert.deepEqual(survivors('if x:\ny = 1'), ['y = 1']);
  assert.deepEqual(survivors('a = 1; b = (\nc = 2'), ['a = 1', 'c = 2']);
});

test('a triple quote that is never closed does not turn the file inside out', () => {
  const text = [
    'def a():',
    '  """Doc."""',
    '  return 1',
    'x = """',
    'def b():',
    '  """Doc."""',
    '  return 2',
    'def c():',
    '  """Doc."""',
    '  return 3',
  ];
  assert.deepEqual(
    survivors(text.join('\n')).filter((line) => line.startsWith('return')),
    ['return 1', 'return 2', 'return 3'],
  );
});

test('messages say what is wrong', () => {
  const message = (text: string): string | undefined => parse(text).errors[0]?.message;
  assert.equal(message('x = f(a\ny = 2'), "'(' was never closed");
  assert.equal(message('x = a)'), "unmatched ')'");
  assert.equal(message("x = 'a"), 'unterminated string');
  assert.equal(message('if x:\ny'), 'expected an indented block');
  assert.equal(message('x = 1\n  y = 2'), 'unexpected indent');
  assert.equal(message('print "x"'), "missing parentheses in call to 'print'");
});

test('text that is right has no faults', () => {
  for (const text of [
    'x = (\n1,\n2)',
    'f(\na\n)',
    'x = """\ndef f():\n"""',
    'if a:\n  pass\n  # c\n# d\nelse: pass',
    'x = [\n  a for a in b\n  if a]',
    "f'''{\na}'''",
  ]) {
    assert.deepEqual(parse(text).errors, [], text);
  }
});

test('nesting without end is a fault, not a full stack', () => {
  const deep = [
    `x = ${'('.repeat(2000)}1${')'.repeat(2000)}`,
    `x = ${'['.repeat(2000)}1${']'.repeat(2000)}`,
    `x = 1${' + 1'.repeat(3000)}`,
    `x = a${'.b'.repeat(3000)}`,
    `x = ${'not '.repeat(2000)}1`,
    `x = ${'('.repeat(2000)}`,
    Array.from({ length: 200 }, (_, i) => `${' '.repeat(i)}if a:\n`).join('') + ' '.repeat(200) + 'b',
  ];
  for (const text of deep) {
    const file = parse(`${text}\nb = 2\n`);
    assert.ok(file.errors.length > 0);
    assert.equal(file.body.at(-1)?.kind, 'Assign');
  }
  assert.deepEqual(parse(`x = 1${' + 1'.repeat(300)}`).errors, []);
});

test('fifty thousand lines', () => {
  const file = parse(Array.from({ length: 50_000 }, (_, i) => (i === 25_000 ? 'x = f(' : `x${i} = f(${i})`)).join('\n'));
  assert.equal(file.body.length, 49_999);
  assert.equal(file.errors.length, 1);
});

const PIECES = [
  '(',
  ')',
  '[',
  ']',
  '{',
  '}',
  '"',
  "'",
  '"""',
  '=',
  ':=',
  '.',
  ',',
  ':',
  ';',
  '\n',
  '\n    ',
  '  ',
  '\t',
  '\r\n',
  '\\',
  '#',
  'x',
  '1',
  '😀',
  '\0',
  '@',
  'def f():',
  'class A:',
  'if a:',
  'else:',
  'return ',
  'lambda ',
  'f"{',
  '*',
  '**',
  ' in ',
  'match x:',
  'case _:',
  'print ',
  'await ',
  'yield ',
  'with ',
  'as ',
];

test('no text makes the parser throw, and every span lies in the text', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...PIECES), { maxLength: 60 }), (pieces) => {
      const text = pieces.join('');
      const file = parse(text);
      for (const { start, end } of [...file.errors, ...file.body]) assert.ok(start >= 0 && start <= end && end <= text.length);
    }),
    { numRuns: 300 },
  );
});

test('an edited document is the same as one read anew', () => {
  const start = 'class A:\n  def f(self, x):\n    y = self.g(x)\n    return y\n\n\nz = [1,\n  2]\n';
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(), fc.nat(5), fc.constantFrom(...PIECES)), { maxLength: 12 }), (edits) => {
      let text = start;
      const document = parser.open('a.py', text);
      for (const [place, removed, piece] of edits) {
        const at = place % (text.length + 1);
        text = text.slice(0, at) + piece + text.slice(at + removed);
        assert.deepEqual(document.update(text), parser.parse('a.py', text));
      }
      document.dispose();
    }),
    { numRuns: 60 },
  );
});

test('a disposed document cannot be updated, and may be disposed of twice', () => {
  const document = parser.open('a.py', 'x = 1');
  document.dispose();
  document.dispose();
  assert.equal(document.source.body.length, 1);
  assert.throws(() => document.update('y'), /disposed/);
});
