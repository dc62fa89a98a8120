/** `batch_first=True` for a layer, or for packing and unpacking, that gets its batch first. */
import { constructorOf, keyword, type Proposer, textOf } from './scene.ts';

const PACKING = /(?:^|\.)pa(?:ck|d)_(?:padded|packed)_sequence$/;

export const batchFirst: Proposer = {
  codes: [
    'batch-first-mismatch',
    'hidden-size-mismatch',
    'hidden-rank-mismatch',
    'pack-lengths',
    'pack-fewer-lengths',
    'pack-length-exceeds',
    'attention-key-value',
    'attention-mask',
  ],
  propose: (scene) => {
    if (scene.node.kind !== 'Call') return [];
    const packing = PACKING.test(textOf(scene, scene.node.func));
    const call = packing ? scene.node : constructorOf(scene, scene.node);
    if (call === undefined) return [];
    const fixes = [{ title: 'Add `batch_first=True`', edits: [keyword(scene, call, 'batch_first', 'True')] }];
    if (packing && scene.code === 'pack-lengths') {
      fixes.push({ title: 'Add `enforce_sorted=False`', edits: [keyword(scene, call, 'enforce_sorted', 'False')] });
    }
    return fixes;
  },
};
