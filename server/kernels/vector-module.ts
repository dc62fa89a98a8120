// Owns starting a committed WebAssembly module of loops over 128-bit vectors. It knows nothing of what the loops compute.

/** Of the host's WebAssembly what is used here; TypeScript describes it only together with a browser's document. */
declare const WebAssembly:
  | { readonly Module: new (bytes: Uint8Array) => object; readonly Instance: new (module: object) => { readonly exports: object } }
  | undefined;

export interface VectorMemory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

const PAGE = 65536;

/** The exports of a module given in base64, or undefined where the host has no WebAssembly or none with 128-bit vectors. */
export function startModule<Exports>(base64: string): Exports | undefined {
  if (typeof WebAssembly === 'undefined') return undefined;
  try {
    const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
    return new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports as Exports;
  } catch {
    return undefined;
  }
}

/** Lets the memory hold so many bytes. Views of it from before may have become empty. */
export function reserve(memory: VectorMemory, bytes: number): void {
  const missing = bytes - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / PAGE));
}
