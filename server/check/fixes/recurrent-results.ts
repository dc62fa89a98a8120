/** What a recurrent layer returns, taken apart as it was meant: the output of the pair, the last step, the last layer. */
import type { Expression } from '../../python/syntax.ts';
import { walkAll } from '../../python/visit.ts';
import type { Fix } from '../report.ts';
import { argumentOf, functionAround, keyword, type Proposer, replace, type Scene, textOf, tight, without } from './scene.ts';

/** The expression at the fault whose value is a tuple though a tensor is needed. */
function tupleAt(scene: Scene): Expression | undefined {
  const { node } = scene;
  const candidates =
    node.kind === 'Call'
      ? [...node.args.map((a) => a.value), ...(node.func.kind === 'Attribute' ? [node.func.value] : [])]
      : node.kind === 'Attribute'
        ? [node.value]
        : node.kind === 'Binary'
          ? [node.left, node.right]
          : [];
  return candidates.find((each) => scene.shapes.get(each)?.kind === 'tuple');
}

/** `out = rnn(x)` becomes `out, _ = rnn(x)`; a call that is used at once is followed by `[0]`. */
export const outputOfPair: Proposer = {
  codes: ['not-a-tensor', 'undefined-attribute', 'unsupported-operand'],
  propose: (scene) => {
    const value = tupleAt(scene);
    if (value === undefined) return [];
    if (value.kind !== 'Name')
      return [{ title: 'Take the output, the first of the pair: `[0]`', edits: [replace(value, `${tight(scene, value)}[0]`)] }];
    const around = functionAround(scene, value);
    const targets: Expression[] = [];
    walkAll(around?.body ?? scene.source.body, (node) => {
      if (node.kind === 'FunctionDef' || node.kind === 'ClassDef') return false;
      if (node.kind === 'Assign' && node.targets.length === 1 && node.value.kind === 'Call') {
        const [target] = node.targets;
        if (target?.kind === 'Name' && target.name === value.name && node.end <= value.start) targets.push(target);
      }
      return true;
    });
    const target = targets.at(-1);
    return target === undefined
      ? []
      : [{ title: `Unpack the pair: \`${value.name}, _ = …\``, edits: [replace(target, `${value.name}, _`)] }];
  },
};

const index =
  (title: string, text: string): Proposer['propose'] =>
  (scene): readonly Fix[] =>
    scene.node.kind === 'Subscript' ? [{ title, edits: [replace(scene.node.index, text)] }] : [];

export const lastStep: Proposer = { codes: ['rnn-last-step'], sure: true, propose: index('Take the last time step: `[:, -1]`', ':, -1') };

export const lastLayer: Proposer = { codes: ['rnn-first-layer-state'], sure: true, propose: index('Take the last layer: `[-1]`', '-1') };

export const noDropout: Proposer = {
  codes: ['rnn-dropout-single-layer'],
  sure: true,
  propose: ({ node }) => {
    const given = node.kind === 'Call' ? argumentOf(node, 'dropout') : undefined;
    return node.kind !== 'Call' || given === undefined
      ? []
      : [{ title: 'Remove `dropout`, which does nothing here', edits: [without(node, given)] }];
  },
};

/** `dim=-1` where PyTorch would guess, or where the guess was the batch. */
export const lastDim: Proposer = {
  codes: ['softmax-no-dim', 'softmax-batch-dim', 'argmax-no-dim'],
  sure: true,
  propose: (scene) => {
    const { node } = scene;
    if (node.kind !== 'Call') return [];
    const method = node.func.kind === 'Attribute' && scene.shapes.has(node.func.value);
    const positional = scene.code === 'softmax-batch-dim' ? argumentOf(node, 'dim', method ? 0 : 1) : undefined;
    const constant = /(?:^|\.)(?:Log)?Soft(?:max|min)$/.test(textOf(scene, node.func)) ? argumentOf(node, 'dim', 0) : undefined;
    const given = positional ?? (scene.code === 'softmax-batch-dim' ? constant : undefined);
    const edit = given === undefined ? keyword(scene, node, 'dim', '-1') : replace(given.value, '-1');
    return [{ title: 'Over the last dimension: `dim=-1`', edits: [edit] }];
  },
};

/** The one size of 1, named. */
export const squeezedDim: Proposer = {
  codes: ['squeeze-without-dim'],
  sure: true,
  propose: (scene) => {
    const { node } = scene;
    if (node.kind !== 'Call' || node.args.length > 1) return [];
    const of = node.func.kind === 'Attribute' && node.args.length === 0 ? node.func.value : node.args[0]?.value;
    const sizes = of === undefined ? undefined : scene.shapes.get(of);
    if (sizes?.kind !== 'tensor') return [];
    const ones = sizes.sizes.flatMap((size, i) => (size === '1' ? [i] : []));
    const [at] = ones;
    if (ones.length !== 1 || at === undefined) return [];
    const dim = at === sizes.sizes.length - 1 ? -1 : at;
    if (sizes.sizes.includes('*') && dim !== -1) return [];
    const text = node.args.length === 0 ? `${dim}` : `, ${dim}`;
    return [{ title: `Name the dimension: \`squeeze(${dim})\``, edits: [{ start: node.end - 1, end: node.end - 1, text }] }];
  },
};
