/** Numbers and strings, decoded. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sketchFile } from './parser-sketch.ts';

const CASES: readonly (readonly [source: string, value: string])[] = [
  ['1_000', '1000'],
  ['0xFF', '255'],
  ['0b1_01', '5'],
  ['0o17', '15'],
  ['0xFFFFFFFFFFFFFFFFFF', '4722366482869645213695n'],
  ['9007199254740993', '9007199254740993n'],
  ['1.5e-3', 'float:0.0015'],
  ['.5', 'float:0.5'],
  ['1_0.', 'float:10'],
  ['1e400', 'float:null'],
  ['2.5j', 'complex:2.5'],
  ["'a' \"b\" '''c'''", '"abc"'],
  ["r'\\n'", '"\\\\n"'],
  ["r'\\\\'", '"\\\\\\\\"'],
  ["'\\x41\\u00e9\\U0001F600\\101\\q\\\n'", '"Aé😀A\\\\q"'],
  ["b'\\xff\\u0041'", 'bytes:"ÿ\\\\u0041"'],
  ["u''", '""'],
  ['"""a\r\nb"""', '"a\\nb"'],
  ["'\\N{BULLET}'", '"\\\\N{BULLET}"'],
  ["f'a{x}b'", 'f("a" {x} "b")'],
  ["f'{{x}}'", 'f("{x}")'],
  ["f'{x!r:>{w}.{p}f}'", 'f({x !r :">" {w} "." {p} "f"})'],
  ["f'{x = }'", 'f({[x = ] x})'],
  ["f'{x:=10}'", 'f({x :"=10"})'],
  ["f'{(x:=10)}'", 'f({(x := 10)})'],
  ["'a' f'{x}' 'b' 'c'", 'f("a" {x} "bc")'],
  ["rf'\\{x}'", 'f("\\\\" {x})'],
  ['f\'{x["a"]}\'', 'f({x["a"]})'],
  ["f'{a, b}'", 'f({Tuple(a b)})'],
  ["f''", 'f()'],
];

test('literals are decoded as Python decodes them', () => {
  for (const [source, value] of CASES) assert.equal(sketchFile(source), value, source);
});
