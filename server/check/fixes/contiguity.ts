/** `view` where the elements do not lie as it needs, or where it would mix what belongs together. */
import type { Call, Expression } from '../../python/syntax.ts';
import { argumentOf, type Proposer, replace, type Scene, sizesOf, textOf } from './scene.ts';

/** The `.view(` of a method call, with what stands before it. */
function viewCall({
  node,
}: Scene): { readonly call: Call; readonly of: Expression; readonly name: { start: number; end: number } } | undefined {
  if (node.kind !== 'Call' || node.func.kind !== 'Attribute' || node.func.name !== 'view') return undefined;
  const { value, nameStart, name } = node.func;
  return { call: node, of: value, name: { start: nameStart, end: nameStart + name.length } };
}

export const reshape: Proposer = {
  codes: ['view-not-contiguous', 'view-maybe-not-contiguous'],
  sure: true,
  propose: (scene) => {
    const found = viewCall(scene);
    return found === undefined ? [] : [{ title: 'Use `.reshape`, which copies where it must', edits: [replace(found.name, 'reshape')] }];
  },
};

export const stateRows: Proposer = {
  codes: ['rnn-state-view'],
  sure: true,
  propose: ({ node }) => {
    if (node.kind !== 'Call' || node.func.kind !== 'Attribute') return [];
    const { nameStart, name } = node.func;
    const edit = replace({ start: nameStart, end: nameStart + name.length }, 'transpose(0, 1).reshape');
    return [{ title: 'Bring the batch first: `.transpose(0, 1).reshape(…)`', edits: [edit] }];
  },
};

/** Where exactly two sizes change places, the transpose that was meant. */
export const transpose: Proposer = {
  codes: ['view-as-transpose'],
  propose: (scene) => {
    const { node } = scene;
    if (node.kind !== 'Call' || node.func.kind !== 'Attribute') return [];
    const from = sizesOf(scene, node.func.value);
    const to = sizesOf(scene, node);
    if (from === undefined || to === undefined || from.length !== to.length) return [];
    const moved = from.flatMap((size, i) => (size === to[i] ? [] : [i]));
    const [i, j] = moved;
    if (moved.length !== 2 || i === undefined || j === undefined || from[i] !== to[j] || from[j] !== to[i]) return [];
    return [
      { title: `Use \`.transpose(${i}, ${j})\``, edits: [replace({ start: node.func.nameStart, end: node.end }, `transpose(${i}, ${j})`)] },
    ];
  },
};

/** Channels that stand last, brought where a convolution has them. */
export const channelsFirst: Proposer = {
  codes: ['conv-channels', 'norm-channels', 'conv-size-order', 'norm-size-order'],
  propose: (scene) => {
    if (scene.node.kind !== 'Call') return [];
    const input = argumentOf(scene.node, 'input', 0)?.value;
    const sizes = input === undefined ? undefined : sizesOf(scene, input);
    const order = sizes?.length === 3 ? 'transpose(1, 2)' : sizes?.length === 4 ? 'permute(0, 3, 1, 2)' : undefined;
    if (input === undefined || order === undefined) return [];
    return [{ title: `Put the channels second: \`.${order}\``, edits: [replace(input, `${textOf(scene, input)}.${order}`)] }];
  },
};
