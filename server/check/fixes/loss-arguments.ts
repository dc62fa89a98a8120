/** Input and target of a loss, and of arithmetic between a prediction and a target: exchanged, squeezed, converted. */
import type { Expression } from '../../python/syntax.ts';
import type { Fix } from '../report.ts';
import { appended, argumentOf, exchanged, keyword, type Proposer, type Scene, sizesOf } from './scene.ts';

function sides({ node }: Scene): readonly [Expression, Expression] | undefined {
  if (node.kind === 'Binary') return [node.left, node.right];
  if (node.kind === 'Compare') return node.rest.length === 1 && node.rest[0] !== undefined ? [node.first, node.rest[0].value] : undefined;
  if (node.kind !== 'Call') return undefined;
  const input = argumentOf(node, 'input', 0)?.value;
  const target = argumentOf(node, 'target', 1)?.value;
  return input === undefined || target === undefined ? undefined : [input, target];
}

/** `.squeeze(-1)` on the side that has one dimension more, a last one of 1. */
function squeezed(scene: Scene, [a, b]: readonly [Expression, Expression]): readonly Fix[] {
  const [left, right] = [sizesOf(scene, a), sizesOf(scene, b)];
  if (left === undefined || right === undefined || Math.abs(left.length - right.length) !== 1) return [];
  const [longer, sizes] = left.length > right.length ? [a, left] : [b, right];
  if (sizes.at(-1) !== '1') return [];
  return [{ title: 'Drop the last size of 1: `.squeeze(-1)`', edits: [appended(scene, longer, '.squeeze(-1)')] }];
}

export const squeezedSide: Proposer = {
  codes: ['loss-broadcast', 'broadcast-outer', 'loss-target-size'],
  propose: (scene) => {
    const both = sides(scene);
    if (both === undefined) return [];
    const fixes = [...squeezed(scene, both)];
    // A class index for each sample may come as a column of them.
    const target = sizesOf(scene, both[1]);
    if (fixes.length === 0 && target?.length === 2 && target[1] === '1') {
      fixes.push({ title: 'Drop the last size of 1: `.squeeze(-1)`', edits: [appended(scene, both[1], '.squeeze(-1)')] });
    }
    return fixes;
  },
};

/** The prediction comes first. */
export const exchangedSides: Proposer = {
  codes: ['loss-target-size', 'loss-target-dtype', 'loss-target-range', 'dtype-mismatch', 'embedding-bag-order', 'runtime-error'],
  propose: (scene) => {
    const [first, second] = scene.node.kind === 'Call' ? scene.node.args : [];
    if (first === undefined || second === undefined || [first, second].some((a) => a.name !== undefined || a.star !== 0)) return [];
    if (!scene.shapes.has(first.value) || !scene.shapes.has(second.value)) return [];
    return [{ title: 'Exchange the first two arguments', edits: exchanged(scene, first.value, second.value) }];
  },
};

export const convertedTarget: Proposer = {
  codes: ['loss-target-dtype', 'dtype-mismatch'],
  propose: (scene) => {
    const target = scene.node.kind === 'Call' ? argumentOf(scene.node, 'target', 1)?.value : undefined;
    if (target === undefined || !scene.shapes.has(target)) return [];
    return ['long', 'float'].map((name) => ({
      title: `Convert the target: \`.${name}()\``,
      edits: [appended(scene, target, `.${name}()`)],
    }));
  },
};

export const convertedInput: Proposer = {
  codes: ['rnn-input-dtype', 'dtype-mismatch', 'index-dtype'],
  propose: (scene) => {
    const [first] = scene.node.kind === 'Call' ? scene.node.args : [];
    if (first === undefined || first.name !== undefined || first.star !== 0 || !scene.shapes.has(first.value)) return [];
    const name = scene.code === 'index-dtype' ? 'long' : 'float';
    return [{ title: `Convert the input: \`.${name}()\``, edits: [appended(scene, first.value, `.${name}()`)] }];
  },
};

export const batchMean: Proposer = {
  codes: ['kl-div-mean'],
  sure: true,
  propose: (scene) =>
    scene.node.kind === 'Call'
      ? [{ title: "Use `reduction='batchmean'`", edits: [keyword(scene, scene.node, 'reduction', "'batchmean'")] }]
      : [],
};
