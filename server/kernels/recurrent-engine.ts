// Owns the WebAssembly engine of the recurrent steps: copying rows into its memory, calling the loops of recurrent.wat, copying
// the results back. It knows nothing of layers, time and gradients; recurrent-layer.ts decides what is a step.

import { RECURRENT_BINARY } from './recurrent-binary.ts';
import { reserve, startModule, type VectorMemory } from './vector-module.ts';

type Step = (...words: number[]) => void;

interface Loops {
  readonly memory: VectorMemory;
  /** to = tanh(x + y + bias): rows, n, x, y, bias, to, work. */
  readonly plain: Step;
  /** rows, n, x, y, bias, cell, gates, cellTo, to, work. */
  readonly lstm: Step;
  /** rows, n, x, y, bias, within, h, gates, inner, to, work. */
  readonly gru: Step;
}

export type StepName = 'plain' | 'lstm' | 'gru';

/** The most gates that are at work at once; of LSTM, which has four, the cell takes the place of one. */
const MOST_GATES = 4;
/** Pairs reach one number past their rows. */
const ROOM = 16;

let engine: RecurrentEngine | null | undefined;

export class RecurrentEngine {
  private readonly loops: Loops;

  private constructor(loops: Loops) {
    this.loops = loops;
  }

  /** The engine, or undefined where the host has no WebAssembly with 128-bit vectors. One serves all layers. */
  static get(): RecurrentEngine | undefined {
    if (engine === undefined) {
      const loops = startModule<Loops>(RECURRENT_BINARY);
      engine = loops === undefined ? null : new RecurrentEngine(loops);
    }
    return engine ?? undefined;
  }

  /**
   * One step on `rows` rows of hidden size n. `sums` are the two arrays that are added up, [rows, gates * n], `biases` lists of n
   * numbers a gate, `states` what goes in besides, [rows, n], and `results` what comes out, in the order of the loop's parameters.
   */
  step(
    name: StepName,
    rows: number,
    n: number,
    sums: readonly [Float32Array, Float32Array],
    biases: readonly (readonly Float64Array[])[],
    states: readonly Float32Array[],
    results: readonly Float32Array[],
  ): void {
    const room = (n + (n & 1)) * 8;
    const work = 0;
    let end = work + MOST_GATES * room + ROOM;
    const place = (bytes: number): number => {
      const at = end;
      end = Math.ceil((at + bytes + ROOM) / 16) * 16;
      return at;
    };
    const biasesAt = biases.map((gates) => place(gates.length * room));
    const at = (arrays: readonly Float32Array[]): readonly number[] => arrays.map((array) => place(array.byteLength));
    const [sumsAt, statesAt, resultsAt] = [at(sums), at(states), at(results)];
    reserve(this.loops.memory, end);
    const { buffer } = this.loops.memory;
    const floats = new Float32Array(buffer);
    const doubles = new Float64Array(buffer);
    biases.forEach((gates, i) => {
      for (const [gate, bias] of gates.entries()) doubles.set(bias, ((biasesAt[i] as number) + gate * room) / 8);
    });
    for (const [i, array] of sums.entries()) floats.set(array, (sumsAt[i] as number) / 4);
    for (const [i, array] of states.entries()) floats.set(array, (statesAt[i] as number) / 4);
    this.loops[name](rows, n, ...sumsAt, ...biasesAt, ...statesAt, ...resultsAt, work);
    for (const [i, array] of results.entries()) {
      const from = (resultsAt[i] as number) / 4;
      array.set(floats.subarray(from, from + array.length));
    }
  }
}
