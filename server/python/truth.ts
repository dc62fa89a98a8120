/**
 * The truth of a value as a condition: known, or a flag that stands for the same unknown everywhere.
 */
import { always, and, type Cond, flag, gt, isFlag, ne, never, not, or } from '../dims/cond.ts';
import { add, constant } from '../dims/dim.ts';
import type { Interpreter } from './interpreter.ts';
import { isSimple } from './join.ts';
import type { ChoiceValue, Content, UnknownValue, Value } from './values.ts';

export function truthOf(interp: Interpreter, value: Value): Cond {
  const v = interp.resolve(value);
  switch (v.kind) {
    case 'none':
      return never;
    case 'bool':
      return v.cond;
    case 'int':
      return ne(v.dim, constant(0));
    case 'float':
      return v.value === undefined ? unknownCond(interp) : v.value !== 0 ? always : never;
    case 'complex':
      return v.re === undefined || v.im === undefined ? unknownCond(interp) : v.re !== 0 || v.im !== 0 ? always : never;
    case 'str':
    case 'bytes':
      return v.value === undefined ? unknownCond(interp) : v.value.length > 0 ? always : never;
    case 'tuple':
      return v.open !== undefined ? gt(v.open.length(), constant(0)) : lengthCond(v);
    case 'list':
      return lengthCond(v.slot.get());
    case 'dict':
    case 'set': {
      const content = v.slot.get();
      return content.entries.size > 0 ? always : content.rest !== undefined ? unknownCond(interp) : never;
    }
    case 'range': {
      const content = interp.content(v);
      return content === undefined ? unknownCond(interp) : lengthCond(content);
    }
    case 'object': {
      const viaBool = interp.callMethod(v, '__bool__', []);
      if (viaBool !== undefined) return truthOf(interp, viaBool);
      const viaLen = interp.callMethod(v, '__len__', []);
      if (viaLen !== undefined) return truthOf(interp, viaLen);
      return always;
    }
    case 'unknown':
      return flagOf(v, 'truth');
    case 'choice':
      return choiceCond(interp, v);
    default:
      return always;
  }
}

function choiceCond(interp: Interpreter, v: ChoiceValue): Cond {
  const yes = truthOf(interp, v.yes);
  const no = truthOf(interp, v.no);
  if (!isSimple(v.cond, yes, no)) return interp.freshFlag('?');
  return or(and(v.cond, yes), and(not(v.cond), no));
}

function lengthCond(content: Content): Cond {
  if (content.items.length > 0) return always;
  return content.rest === undefined ? never : gt(add(content.rest.length, constant(0)), constant(0));
}

function unknownCond(interp: Interpreter): Cond {
  return interp.freshFlag('?');
}

/** The flag that answers a question about an unknown, the same one each time it is asked. */
export function flagOf(v: UnknownValue, question: string, name = v.name ?? '?'): Cond {
  const key = `flag:${question}`;
  let cond = v.notes.get(key) as Cond | undefined;
  if (cond === undefined) {
    cond = isFlag(flag(name));
    v.notes.set(key, cond);
  }
  return cond;
}
