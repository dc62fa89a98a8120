/** The TextMate injection: shape comments are coloured, prose in comments is left alone. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { before, test } from 'node:test';
import oniguruma from 'vscode-oniguruma';
import type { IGrammar } from 'vscode-textmate';
import textmate from 'vscode-textmate';

const injection = 'shapelint.shape-comment.injection';
/** As much of Python's own grammar as the injection sees. */
const python = {
  scopeName: 'source.python',
  patterns: [{ begin: '(#)', end: '($)', name: 'comment.line.number-sign.python' }],
  repository: {},
};

let grammar: IGrammar;

before(async () => {
  const wasm = readFileSync(createRequire(import.meta.url).resolve('vscode-oniguruma/release/onig.wasm'));
  await oniguruma.loadWASM(wasm.buffer.slice(wasm.byteOffset, wasm.byteOffset + wasm.byteLength));
  const registry = new textmate.Registry({
    onigLib: Promise.resolve(oniguruma),
    getInjections: () => [injection],
    loadGrammar: async (scope) =>
      textmate.parseRawGrammar(
        scope === injection ? readFileSync('grammars/shape-comment.tmLanguage.json', 'utf8') : JSON.stringify(python),
        'x.json',
      ),
  });
  const loaded = await registry.loadGrammar('source.python');
  assert.ok(loaded !== null);
  grammar = loaded;
});

/** The coloured pieces of a line: `text:last part of its scope`. */
function coloured(line: string): readonly string[] {
  return grammar
    .tokenizeLine(line, null)
    .tokens.map(({ startIndex, endIndex, scopes }) => ({ text: line.slice(startIndex, endIndex), scope: scopes.at(-1) ?? '' }))
    .filter(({ scope }) => scope.endsWith('.shapelint') && !scope.startsWith('meta.') && !scope.startsWith('punctuation.'))
    .map(({ text, scope }) => `${text}:${scope.split('.').slice(0, 2).join('.')}`);
}

const name = (text: string): string => `${text}:variable.parameter`;
const size = (text: string): string => `${text}:constant.numeric`;

test('declared shapes are coloured', () => {
  assert.deepEqual(coloured('x = f(y)  # (B, T, 64)'), [name('B'), name('T'), size('64')]);
  assert.deepEqual(coloured('# [batch_size, seq_len]'), [name('batch_size'), name('seq_len')]);
  assert.deepEqual(coloured('# shape: (B, 2*hidden)').slice(0, 2), ['shape::keyword.other', name('B')]);
  assert.deepEqual(coloured('# B x T x 64'), [name('B'), 'x:keyword.operator', name('T'), 'x:keyword.operator', size('64')]);
  assert.ok(coloured('# (..., D)').includes(name('D')));
});

test('a suppression is coloured', () => {
  assert.deepEqual(coloured('y = f(x)  # shapelint: ignore[cat-size-mismatch]'), [
    'shapelint::keyword.other',
    'ignore:keyword.control',
    'cat-size-mismatch:constant.other',
  ]);
});

test('prose is left alone', () => {
  for (const line of [
    '# (see the paper, section 3)',
    '# TODO [later] do this',
    '# what x does to y',
    '# a list: [1, 2',
    '# (B, T: what they mean)',
    '#',
  ]) {
    assert.deepEqual(coloured(line), [], line);
  }
});
