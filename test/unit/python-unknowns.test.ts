/**
 * Check mode: builtin and library functions on values of which something, or nothing, is known.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Dim } from '../../server/dims/dim.ts';
import { same, spell } from '../../server/dims/dim.ts';
import type { Value } from '../../server/python/values.ts';
import { type Checked, checked } from './python-program.ts';

const unknown = ['u', 'v', 'n', 'm', 'flag'];

function dimOf(c: Checked, name: string): Dim {
  const v = c.get(name);
  assert.equal(v.kind, 'int', `${name} is ${v.kind}`);
  return (v as Extract<Value, { kind: 'int' }>).dim;
}

/** A value in a few signs: `?` for unknown, `...` before what further items look like. */
function shown(c: Checked, value: Value): string {
  const v = c.interp.resolve(value);
  const content = (items: readonly Value[], rest: { element: Value; length: Dim } | undefined) =>
    [...items.map((x) => shown(c, x)), ...(rest === undefined ? [] : [`...${shown(c, rest.element)} x ${spell(rest.length)}`])].join(', ');
  switch (v.kind) {
    case 'int':
      return spell(v.dim);
    case 'unknown':
      return '?';
    case 'choice':
      return `(${shown(c, v.yes)} | ${shown(c, v.no)})`;
    case 'list':
      return `[${content(v.slot.get().items, v.slot.get().rest)}]`;
    case 'tuple':
      return `(${content(v.items, v.rest)})`;
    case 'bool':
      return { yes: 'True', no: 'False', unknown: 'bool' }[c.interp.decide(v.cond)];
    default:
      return c.interp.repr(v) ?? v.kind;
  }
}

/** Checks that each line `name = expression` gives a value that is shown like this, without any fault. */
function gives(lines: readonly (readonly [expression: string, value: string])[], before = ''): void {
  const program = lines.map(([expression], i) => `result_${i} = ${expression}`).join('\n');
  const c = checked(`${before}\n${program}\n`, unknown);
  assert.deepEqual(
    c.faults.map((f) => f.message),
    [],
  );
  lines.forEach(([expression, value], i) => {
    const text = shown(c, c.get(`result_${i}`)).replaceAll(`result_${i}`, '#');
    assert.equal(text, value, expression);
  });
}

test('nothing is raised because something is unknown', () => {
  gives([
    ['u.a.b(1)[2]', '?'],
    ['list(u)', '[...? x ?]'],
    ['sorted(u)', '[...? x ?]'],
    ['list(zip(u, v))', '[...(?, ?) x ?]'],
    ['list(map(str, u))', '[...str x ?]'],
    ['tuple(u)', '(...? x ?)'],
    ['sum(u)', '?'],
    ['max(u)', '?'],
    ['"a" + str(u)', 'str'],
    ['f"{u:>{v}}"', 'str'],
    ['"a,b".split(u)', '[...str x ?]'],
    ['"%d" % u', 'str'],
    ['float(u)', 'float'],
    ['abs(u)', '?'],
    ['dict(u).get(v)', '(? | None)'],
    ['[1, 2].index(u)', '#'],
    ['all(u)', 'bool'],
    ['next(iter(u))', '?'],
    ['set(u) & {1}', 'set'],
    ['type(u)', '?'],
    ['"x".join(u)', 'str'],
  ]);
});

test('lengths', () => {
  gives([
    ['len([1, 2])', '2'],
    ['len(u) == len(u)', 'True'],
    ['len({1, 2, 2})', '2'],
    ['len("abc") + len((1, 2))', '5'],
    ['len([1, *u]) == 1 + len([*u])', 'bool'],
    ['len(u) >= 0', 'True'],
  ]);
});

test('symbolic integers stay integers', () => {
  const c = checked(
    'a = max(n, 4)\nb = int(n * 0.5)\nc = int(n * 4.0)\nd = n // 2\ne = int(n / 2)\nf = sum([n, n, 1])\ng = min(3, 5)\n',
    unknown,
  );
  assert.equal(spell(dimOf(c, 'a')), 'max(n, 4)');
  assert.ok(same(dimOf(c, 'b'), dimOf(c, 'd')));
  assert.ok(same(dimOf(c, 'e'), dimOf(c, 'd')));
  assert.equal(spell(dimOf(c, 'c')), '4*n');
  assert.equal(spell(dimOf(c, 'f')), '2*n + 1');
  assert.equal(spell(dimOf(c, 'g')), '3');
});

test('rounding of quotients', () => {
  const c = checked(
    'import math\na = max(n, 1)\nup = math.ceil(n / 2)\ndown = math.floor(n / 2)\nboth = up + down\nexact = math.ceil(7 / 2)\n',
    unknown,
  );
  assert.equal(spell(dimOf(c, 'both')), 'n');
  assert.equal(spell(dimOf(c, 'exact')), '4');
});

test('the same question about the same unknown has the same answer', () => {
  gives([
    ['isinstance(u, int) == isinstance(u, int)', 'True'],
    ['int(u) == int(u)', 'True'],
    ['hasattr(u, "a") == hasattr(u, "a")', 'True'],
    ['isinstance(u, int) == isinstance(v, int)', 'bool'],
    ['getattr(u, "b", 1) if False else 2', '2'],
  ]);
});

test('what is known of containers is kept', () => {
  gives(
    [
      ['xs', '[1, 2, ...? x ?]'],
      ['xs[0]', '1'],
      ['d["a"]', '(2 if ? else 1)'],
      ['d.get("b", 3)', '(2 if ? else 3)'],
      ['list(enumerate([5, 6]))', '[(0, 5), (1, 6)]'],
      ['[x for x in [1, 2, 3] if x != 2]', '[1, 3]'],
      ['list(zip([1, 2], [n, 4]))', '[(1, ?), (2, 4)]'],
      ['5 if flag else 6', '(5 if flag else 6)'],
      ['max(5 if flag else 6, 7)', '7'],
      ['sorted([2, 1])', '[1, 2]'],
      ['list(range(4))[::2]', '[0, 2]'],
      ['1 in {1, u}', 'True'],
    ],
    'xs = [1, 2]\nfor x in u: xs.append(x)\nd = {"a": 1}\nd[u] = 2\n',
  );
});

test('random numbers have bounds and no value', () => {
  const c = checked('import random\nrandom.seed(0)\na = random.randint(1, 10)\nb = random.choice([5, 5])\nc = random.random()\n', unknown);
  const bounds = c.interp.facts.bounds(dimOf(c, 'a'));
  assert.deepEqual([bounds.least, bounds.greatest], [1, 10]);
  assert.equal(c.text('b'), '5');
  assert.equal(c.text('c'), '?');
});

test('options of a command line that is not there are their defaults', () => {
  gives(
    [
      ['args.hidden_size', '128'],
      ['args.lr', '0.001'],
      ['args.bidirectional', 'False'],
      ['args.name', '?'],
      ['args.layers + 0 == args.layers', 'True'],
      ['args.sizes', '[1, 2]'],
    ],
    `import argparse
p = argparse.ArgumentParser()
p.add_argument('--hidden-size', type=int, default=128)
p.add_argument('--lr', type=float, default='1e-3')
p.add_argument('--bidirectional', action='store_true')
p.add_argument('--name')
p.add_argument('layers', type=int)
p.add_argument('--sizes', nargs='+', type=int, default=[1, 2])
args = p.parse_args()`,
  );
});

test('data classes keep symbolic fields', () => {
  gives(
    [
      ['c.hidden', '2*n'],
      ['c.heads', '4'],
      ['c.extra', '[]'],
      ['replace(c, heads=8).heads', '8'],
    ],
    `from dataclasses import dataclass, field, replace
@dataclass
class Config:
    hidden: int
    heads: int = 4
    extra: list = field(default_factory=list)
range(n)
c = Config(n * 2)`,
  );
});

test('modules that are not modelled have any attribute', () => {
  gives(
    [
      ['yaml.safe_load(u)["a"]', '?'],
      ['os.environ.get("X", "1")', "(str | '1')"],
      ['time.time()', 'float'],
      ['os.path.join("a", "b")', "'a/b'"],
      ['json.loads(u)', '?'],
      ['re.match("a", u) is None', 'bool'],
      ['datetime.datetime.now().year', '?'],
      ['logging.getLogger("x").info("y")', 'None'],
    ],
    'import yaml, os, time, json, re, datetime, logging',
  );
});

test('what raises for every value is a fault', () => {
  const faults = (program: string) => checked(program, unknown).faults.map((f) => f.text);
  assert.deepEqual(faults('x = [1, 2][5]\n'), ['list index out of range']);
  assert.deepEqual(faults('x = {"width": 1}["widht"]\n'), ["'widht'"]);
  assert.deepEqual(faults('x = len(5)\n'), ["object of type 'int' has no len()"]);
  assert.deepEqual(faults('x = undefined\n'), ["name 'undefined' is not defined"]);
  assert.deepEqual(faults('from dataclasses import dataclass\n@dataclass\nclass A:\n    x: int\na = A(1, y=2)\n'), [
    "A.__init__() got an unexpected keyword argument 'y'",
  ]);
  assert.deepEqual(faults('x = {"a": 1}\nx[u] = 2\ny = x["b"]\n'), []);
});
