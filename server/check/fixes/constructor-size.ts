/** The size with which a layer was made: changed to the one that it meets, or exchanged with the argument beside it. */
import { constant, mul, same, valueOf } from '../../dims/dim.ts';
import type { Origin } from '../../dims/origin.ts';
import { spell } from '../../dims/spell.ts';
import type { Call, Expression } from '../../python/syntax.ts';
import { walk, walkAll } from '../../python/visit.ts';
import { parseSignature } from '../../torch/signature.ts';
import { moduleEntry } from '../../torch/table.ts';
import type { Fix } from '../report.ts';
import { argumentOf, callAt, exchanged, functionAround, type Proposer, replace, type Scene, textOf, tight } from './scene.ts';

const FACTORS = [2, 3, 4];
/** How many names of a function's other parameters are tried. */
const MOST_NAMES = 6;

interface Asked {
  readonly call: Call;
  readonly name: string;
  readonly position: number;
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
    if (value !== undefined) return { call, name, position, value };
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

/** Other parameters of the function that the constructor stands in, or constants of the module, that may have been meant. */
function names(scene: Scene, { call, value }: Asked): readonly string[] {
  const written = textOf(scene, value);
  const around = functionAround(scene, call);
  const found: string[] = [];
  if (around !== undefined) {
    for (const p of around.params.items) if (p.pass === 'either' || p.pass === 'keyword') found.push(p.name);
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

function propose(scene: Scene): readonly Fix[] {
  const asked = askedSize(scene);
  if (asked === undefined || scene.sizes === undefined) return [];
  const { call, name, position, value } = asked;
  const { got, wanted } = scene.sizes;
  const fixes: Fix[] = [];
  const change = (text: string): void => {
    fixes.push({ title: `Change \`${name}\` to \`${text}\``, edits: [replace(value, text)] });
  };
  const [first, second] = call.args;
  if (position <= 1 && first?.name === undefined && second?.name === undefined && first !== undefined && second !== undefined) {
    const other = position === 0 ? second.value : first.value;
    if (other.kind !== 'Constant' || other.value === valueOf(got)) {
      fixes.push({ title: 'Exchange the two sizes', edits: exchanged(scene, first.value, second.value) });
    }
  }
  const number = valueOf(got);
  if (number !== undefined && !hasNames(value)) {
    for (const other of names(scene, asked)) if (functionAround(scene, call) === undefined) change(other);
    change(`${number}`);
    return fixes;
  }
  const factor = FACTORS.find((k) => same(got, mul(wanted, constant(k))));
  if (factor !== undefined && number !== 0) change(`${tight(scene, value)} * ${factor}`);
  const spelled = spell(got);
  const symbols = spelled.match(/[A-Za-z_]\w*/g) ?? [];
  const known = names(scene, asked);
  if (symbols.length > 0 && symbols.every((symbol) => known.includes(symbol)) && /^[\w *+-]+$/.test(spelled))
    change(spelled.replace(/(?<=\S)([*+-])(?=\S)/g, ' $1 '));
  for (const other of known) change(other);
  return fixes;
}

export const constructorSize: Proposer = {
  codes: [
    'linear-input-size',
    'rnn-input-size',
    'conv-channels',
    'norm-channels',
    'norm-input-size',
    'attention-embedding',
    'embedding-index',
  ],
  propose,
};
