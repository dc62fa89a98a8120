/** The size with which a layer was made: changed to the one that it meets, where it is written, or exchanged with another argument. */
import type { Dim } from '../../dims/dim.ts';
import { constant, mul, same, valueOf } from '../../dims/dim.ts';
import type { Origin } from '../../dims/origin.ts';
import { spell } from '../../dims/spell.ts';
import type { Call, Constant, Expression, Node } from '../../python/syntax.ts';
import { walk, walkAll } from '../../python/visit.ts';
import { parseSignature } from '../../torch/signature.ts';
import { moduleEntry } from '../../torch/table.ts';
import type { Fix } from '../report.ts';
import { argumentOf, callAt, exchanged, functionAround, type Proposer, replace, type Scene, textOf, tight } from './scene.ts';

const FACTORS = [2, 3, 4];
/** How many names of a function's other parameters are tried. */
const MOST_NAMES = 4;

interface Asked {
  readonly call: Call;
  readonly name: string;
  readonly value: Expression;
}

/** An origin that names something, and where it does not those that it was made of. */
function leaves(origin: Origin | undefined): readonly Origin[] {
  if (origin === undefined) return [];
  return origin.what === '' ? (origin.from ?? []).flatMap(leaves) : [origin];
}

/** The constructor's argument that the fault's wanted size came from. */
function askedSize(scene: Scene): Asked | undefined {
  for (const { what, place } of leaves(scene.sizes?.wanted.origin)) {
    const [, name, layer] = /^`(\w+)` of (\w+)$/.exec(what) ?? [];
    if (name === undefined || layer === undefined) continue;
    const call = callAt(scene, place);
    if (call === undefined) continue;
    const init = moduleEntry(`nn.${layer}`)?.init;
    const position = init === undefined ? -1 : parseSignature(init).params.findIndex((p) => p.name === name) - 1;
    const value = argumentOf(call, name, position < 0 ? undefined : position)?.value;
    if (value !== undefined) return { call, name, value };
  }
  return undefined;
}

function hasNames(node: Expression): boolean {
  let found = false;
  walk(node, (each) => {
    if (each.kind !== 'Constant' && each.kind !== 'Binary') found = true;
  });
  return found;
}

/** Names that hold attributes or items, and so are no sizes. */
function holders(around: Node): ReadonlySet<string> {
  const found = new Set<string>();
  walk(around, (node) => {
    if ((node.kind === 'Attribute' || node.kind === 'Subscript') && node.value.kind === 'Name') found.add(node.value.name);
  });
  return found;
}

/** Other parameters of the function that the constructor stands in, or constants of the module, that may have been meant. */
function names(scene: Scene, { call, value }: Asked): readonly string[] {
  const written = textOf(scene, value);
  const around = functionAround(scene, call);
  const found: string[] = [];
  if (around !== undefined) {
    const objects = holders(around);
    for (const p of around.params.items) if ((p.pass === 'either' || p.pass === 'keyword') && !objects.has(p.name)) found.push(p.name);
  } else {
    const got = scene.sizes === undefined ? undefined : valueOf(scene.sizes.got);
    walkAll(scene.source.body, (node) => {
      const [target] = node.kind === 'Assign' && node.end <= call.start ? node.targets : [];
      if (node.kind !== 'Assign' || target?.kind !== 'Name' || node.value.kind !== 'Constant')
        return node.kind !== 'ClassDef' && node.kind !== 'FunctionDef';
      if (node.value.value === got && got !== undefined) found.push(target.name);
      return true;
    });
  }
  return found.filter((name) => name !== 'self' && name !== written).slice(0, MOST_NAMES);
}

/** Exchanges the asked argument with one that is now where it should be. */
function exchanges(scene: Scene, { call, value }: Asked): readonly Fix[] {
  const { sizes } = scene;
  const got = sizes === undefined ? undefined : valueOf(sizes.got);
  const others = call.args.flatMap((a) => (a.value === value || a.star !== 0 || !isSize(a.value, got) ? [] : [a.value]));
  return others.slice(0, 2).map((other) => ({
    title: `Exchange \`${textOf(scene, value)}\` and \`${textOf(scene, other)}\``,
    edits: exchanged(scene, value, other),
  }));
}

/** Whether an argument can be the size that is met: an expression, or that very number. */
function isSize(value: Expression, got: number | undefined): boolean {
  if (value.kind === 'Constant') return value.type === 'int' && value.value === got;
  return value.kind === 'Name' || value.kind === 'Attribute' || value.kind === 'Binary';
}

/** `a * b` where `a + b` was meant, or one of the two alone. */
function otherOperations(scene: Scene, value: Expression): readonly string[] {
  if (value.kind !== 'Binary' || !['+', '*', '//'].includes(value.op)) return [];
  const [left, right] = [tight(scene, value.left), tight(scene, value.right)];
  const alone = [left, right].filter((text) => !/^\d+$/.test(text));
  return [...alone, ...(value.op === '//' ? [] : [`${left} ${value.op === '+' ? '*' : '+'} ${right}`])];
}

/** The number in the text that the size came from, where it went through no arithmetic. */
function literalOf(scene: Scene, wanted: number): Constant | undefined {
  const [origin] = leaves(scene.sizes?.wanted.origin).flatMap(deepest);
  const { place } = origin ?? {};
  let found: Constant | undefined;
  if (place?.file !== scene.source.file) return undefined;
  walkAll(scene.source.body, (node) => {
    if (node.kind === 'Constant' && node.start === place.start && node.end === place.end && node.value === wanted) found = node;
    return node.start <= place.start && place.end <= node.end;
  });
  return found;
}

function deepest(origin: Origin): readonly Origin[] {
  const below = (origin.from ?? []).flatMap(deepest);
  return below.length === 0 ? [origin] : below;
}

function propose(scene: Scene): readonly Fix[] {
  const asked = askedSize(scene);
  if (asked === undefined || scene.sizes === undefined) return [];
  const { call, name, value } = asked;
  const [got, wanted] = [valueOf(scene.sizes.got), valueOf(scene.sizes.wanted)];
  const change = (text: string): Fix => ({ title: `Change \`${name}\` to \`${text}\``, edits: [replace(value, text)] });
  const fixes = [...exchanges(scene, asked)];
  const inFunction = functionAround(scene, call) !== undefined;
  if (got !== undefined && !hasNames(value)) {
    if (!inFunction) fixes.push(...names(scene, asked).map(change));
    return [...fixes, change(`${got}`)];
  }
  const factor = FACTORS.find((k) => same(scene.sizes?.got as Dim, mul(scene.sizes?.wanted as Dim, constant(k))));
  if (factor !== undefined && got !== 0) fixes.push(change(`${tight(scene, value)} * ${factor}`));
  const known = names(scene, asked);
  const spelled = spell(scene.sizes.got);
  const symbols = spelled.match(/[A-Za-z_]\w*/g) ?? [];
  if (symbols.length > 0 && symbols.every((symbol) => known.includes(symbol)) && /^[\w *+-]+$/.test(spelled)) {
    fixes.push(change(spelled.replace(/(?<=\S)([*+-])(?=\S)/g, ' $1 ')));
  }
  fixes.push(...otherOperations(scene, value).map(change));
  // Of a size that is only a name any other name may be as large; a number tells them apart.
  if (got !== undefined) fixes.push(...known.map(change));
  const literal = got === undefined || wanted === undefined ? undefined : literalOf(scene, wanted);
  if (literal !== undefined && got !== undefined) {
    fixes.push({ title: `Change the ${wanted} that \`${name}\` comes from to ${got}`, edits: [replace(literal, `${got}`)] });
  }
  return fixes;
}

export const constructorSize: Proposer = {
  codes: ['linear-input-size', 'rnn-input-size', 'conv-channels', 'norm-channels', 'norm-input-size', 'attention-embedding'],
  propose,
};
