/**
 * Hashing: a text for every value that can be a dictionary key, equal exactly for equal keys.
 */
import { spell, valueOf } from '../dims/dim.ts';
import { unbox } from './builtins/define.ts';
import { lookup } from './classes.ts';
import type { Interpreter } from './interpreter.ts';
import type { Value } from './values.ts';

/** Undefined where the value is not known well enough to say which key it is. */
export function dictKey(interp: Interpreter, value: Value): string | undefined {
  const v = interp.resolve(value);
  switch (v.kind) {
    case 'none':
      return 'None';
    case 'bool': {
      const decision = interp.decide(v.cond);
      return decision === 'unknown' ? undefined : decision === 'yes' ? 'n1' : 'n0';
    }
    case 'int': {
      if (v.big !== undefined) return `n${v.big}`;
      const dim = interp.facts.simplify(v.dim);
      const n = valueOf(dim);
      // A symbolic integer is a key only where the whole table is asked with the same symbol.
      return n === undefined ? `d${spell(dim)}#${dim.key}` : `n${n}`;
    }
    case 'float':
      return v.value === undefined ? undefined : `n${Object.is(v.value, -0) ? 0 : v.value}`;
    case 'str':
      return v.value === undefined ? undefined : `s${v.value}`;
    case 'bytes':
      return v.value === undefined ? undefined : `b${v.value}`;
    case 'tuple': {
      if (v.rest !== undefined) return undefined;
      const parts: string[] = [];
      for (const item of v.items) {
        const key = dictKey(interp, item);
        if (key === undefined) return undefined;
        parts.push(`${key.length}:${key}`);
      }
      return `t(${parts.join(',')})`;
    }
    case 'set': {
      const { entries, rest } = v.slot.get();
      return !v.frozen || rest !== undefined ? undefined : `F{${[...entries.keys()].sort().join(',')}}`;
    }
    case 'ellipsis':
      return '...';
    case 'class':
    case 'function':
      return `o${v.id}`;
    case 'native':
      return `f${v.name}`;
    case 'object': {
      const boxed = unbox(interp, v);
      const hash = lookup(v.cls, '__hash__');
      if (boxed !== v && hash?.kind !== 'function') return dictKey(interp, boxed);
      if (hash !== undefined && hash !== interp.builtins.types.object.attrs.get('__hash__')) {
        const result = interp.call(hash, [v]);
        const key = result.kind === 'int' ? dictKey(interp, result) : undefined;
        return key === undefined ? `o${v.id}` : `h${v.cls.id}:${key}`;
      }
      return `o${v.id}`;
    }
    case 'module':
      return `m${v.name}`;
    case 'method': {
      const self = dictKey(interp, v.self);
      const func = dictKey(interp, v.func);
      return self === undefined || func === undefined ? undefined : `M${self}.${func}`;
    }
    default:
      return undefined;
  }
}

/** The same; raises TypeError for what cannot be a key. */
export function hashedKey(interp: Interpreter, value: Value): string | undefined {
  const key = dictKey(interp, value);
  const bad = key === undefined ? unhashable(interp, value) : undefined;
  if (bad !== undefined) interp.raise('TypeError', `unhashable type: '${bad}'`);
  return key;
}

function unhashable(interp: Interpreter, key: Value): string | undefined {
  const v = interp.resolve(key);
  switch (v.kind) {
    case 'list':
      return 'list';
    case 'dict':
      return v.cls?.name ?? 'dict';
    case 'set':
      return v.frozen ? undefined : 'set';
    case 'slice':
      return 'slice';
    case 'tuple':
      for (const item of v.items) {
        const bad = unhashable(interp, item);
        if (bad !== undefined) return bad;
      }
      return undefined;
    default:
      return undefined;
  }
}
