/** Lines and columns, generic traversal, notebooks. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LineIndex } from '../../server/python/line-index.ts';
import { blankCommands, readNotebook } from '../../server/python/notebook.ts';
import { children, walk } from '../../server/python/visit.ts';
import { parse } from './parser-sketch.ts';

test('every offset goes to a position and back', () => {
  for (const text of ['', 'a', 'a\nb', 'a\r\nb\rc\n\nd\n', '😀\n\r\r\n']) {
    const index = new LineIndex(text);
    for (let offset = 0; offset <= text.length; offset++) {
      const { line, column } = index.position(offset);
      const insideBreak = text[offset] === '\n' && text[offset - 1] === '\r';
      assert.equal(index.offset(line, column), insideBreak ? offset - 1 : offset, JSON.stringify([text, offset]));
    }
  }
});

test('lines end with any of the three line breaks', () => {
  const index = new LineIndex('a\nbc\r\nd\re');
  assert.deepEqual(
    [1, 2, 3, 4, 5].map((line) => index.lineText(line)),
    ['a', 'bc', 'd', 'e', ''],
  );
  assert.equal(index.lineCount, 4);
  assert.deepEqual(index.position(3), { line: 2, column: 2 });
  assert.deepEqual(index.position(99), { line: 4, column: 2 });
  assert.equal(index.offset(2, 99), 4);
});

test('children come in the order of the text and walk reaches them all', () => {
  const text = [
    '@a',
    'def b(c: d = e, *f) -> g:',
    '  h = i[j:k, l] if m(n, o=p) else {q: r, **s}',
    '  for t in [u for u in v if w]: x += not y',
    '  with A as B: C = lambda D: (D, *E)',
    '  try: F',
    '  except G: raise H from I',
    '  match J:',
    '    case K(L) | {M.N: O, **P} if Q: R',
    '  return f"{S!r:{T}}"',
  ].join('\n');
  const names: string[] = [];
  let before = -1;
  for (const statement of parse(text).body) {
    walk(statement, (node) => {
      const starts = children(node).map((child) => child.start);
      if (node.kind !== 'FunctionDef')
        assert.deepEqual(
          starts,
          starts.toSorted((a, b) => a - b),
        );
      if (node.kind === 'Name') {
        assert.ok(node.start > before);
        before = node.start;
        names.push(node.name);
      }
    });
  }
  assert.equal(
    names.join(''),
    'adeghmijklnpqrsuvwtxyABCDEFGHIJKLMOPQRST'.replace('hmijklnpqrs', 'hijklmnpqrs').replace('uvwtxy', 'tuuvwxy').replace('CDEF', 'CDEF'),
  );
});

test('walk passes over what a visitor declines', () => {
  const seen: string[] = [];
  walk(parse('def f():\n  def g(): a\n  b').body[0]!, (node) => {
    seen.push(node.kind);
    return node.kind !== 'FunctionDef' || node.name === 'f';
  });
  assert.deepEqual(seen, ['FunctionDef', 'FunctionDef', 'ExpressionStatement', 'Name']);
});

const cell = (source: unknown, type = 'code'): unknown => ({ cell_type: type, source, metadata: {} });

test('code cells are joined and offsets found again', () => {
  const result = readNotebook(
    JSON.stringify({ cells: [cell('# title', 'markdown'), cell(['x = 1\n', '%time y\n', 'z']), cell('a\r\nb')] }),
  );
  assert.ok(result.ok);
  const { notebook } = result;
  assert.equal(notebook.text, 'x = 1\n       \nz\na\r\nb\n');
  assert.deepEqual(notebook.cells, [
    { start: 0, end: 15, index: 1 },
    { start: 16, end: 20, index: 2 },
  ]);
  assert.deepEqual(notebook.locate(14), { cell: 1, line: 3, column: 1 });
  assert.deepEqual(notebook.locate(19), { cell: 2, line: 2, column: 1 });
  assert.deepEqual(notebook.locate(999), { cell: 2, line: 2, column: 2 });
});

test('commands of the notebook are blanked, Python is not', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['!pip install a\nx', `${' '.repeat(14)}\nx`],
    ['!a \\\n  b\nx', '    \n   \nx'],
    ['x = !ls', ' '.repeat(7)],
    ['f?\ng??\n?h', '  \n   \n  '],
    ['if a:\n  %b\nx', 'if a:\n  0 \nx'],
    ['%%bash\nls', '      \n  '],
    ['%%time\nx = 1', '      \nx = 1'],
    ['x = (a\n  % b)', 'x = (a\n  % b)'],
    ['x = """\n!a\n"""', 'x = """\n!a\n"""'],
    ['x = "\\"(" # (\n!a', 'x = "\\"(" # (\n  '],
    ['a != b', 'a != b'],
    ['x = a % b', 'x = a % b'],
  ];
  for (const [source, blanked] of cases) {
    assert.equal(blankCommands(source), blanked, source);
    assert.equal(blankCommands(source).length, source.length);
  }
});

test('a broken notebook is a message', () => {
  for (const json of ['', '{', '[]', 'null', '{"cells": 3}', '"x"']) {
    const result = readNotebook(json);
    assert.ok(!result.ok && result.message.length > 10, json);
  }
  const old = readNotebook(JSON.stringify({ worksheets: [{ cells: [{ cell_type: 'code', input: ['a'] }, null, cell(3)] }] }));
  assert.ok(old.ok && old.notebook.text === 'a\n');
});
