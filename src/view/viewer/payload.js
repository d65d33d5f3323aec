// The payload: what one output carries, unpacked into columns.
//
// Base64 of raw deflate of a JSON header and, for each pane, columns of unsigned
// varints in pre-order. One typed array a column, no object a node: a million
// nodes are a few arrays. `payload.rs` is the other side of this file.

/**
 * What kind of number a pane holds; `unit` is the word of a count.
 * @typedef {{unitKind: string, unit: string, perSecond?: boolean}} Unit
 */
/**
 * The side before, in a pane that is a diff. `whole` is the base of its percentages.
 * @typedef {{scale: number, signed: boolean, whole: number, mode: string, width: string,
 *   seconds: number[], titles: string[]}} Before
 */
/**
 * One pane as the header tells it. `whole` is the total before stack filters.
 * @typedef {Unit & {title: string, query: string, window: string, notes?: string[], nodes: number,
 *   scale: number, signed: boolean, whole: number, diff?: Before,
 *   timeline?: {start: number, step: number, values: (number | null)[]}}} PaneHeader
 */
/**
 * `names` and all that goes with them are indexed by name id; name 0 is the root's.
 * @typedef {{view: string, names: string[], colours: string, files: string[], file: number[],
 *   focus?: number[], title: string, panes: PaneHeader[]}} Header
 */

/**
 * @param {string} text base64
 */
async function unpack(text) {
  const binary = atob(text), packed = new Uint8Array(binary.length);
  for (let i = 0; i < packed.length; i++) packed[i] = binary.charCodeAt(i);
  const raw = new Blob([packed]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
  return decode(new Uint8Array(await new Response(raw).arrayBuffer()));
}

/**
 * @param {Uint8Array} bytes
 * @returns {{head: Header, trees: Tree[]}}
 */
function decode(bytes) {
  let at = 0;
  const varint = () => {
    let byte = bytes[at++], value = byte & 127;
    for (let scale = 128; byte > 127; scale *= 128) {
      byte = bytes[at++];
      value += (byte & 127) * scale;
    }
    return value;
  };
  const size = varint();
  /** @type {Header} */
  const head = JSON.parse(new TextDecoder().decode(bytes.subarray(at, at += size)));
  const trees = head.panes.map(pane => {
    const n = pane.nodes, depth = new Uint32Array(n), names = new Uint32Array(n);
    for (let i = 0; i < n; i++) depth[i] = (i && depth[i - 1] + 1) - varint();
    for (let i = 0; i < n; i++) names[i] = varint();
    /** @param {{scale: number, signed: boolean}} column */
    const values = ({ scale, signed }) => {
      const out = new Float64Array(n);
      for (let i = 0; i < n; i++) {
        const v = varint();
        out[i] = scale * (signed ? v % 2 ? -(v + 1) / 2 : v / 2 : v);
      }
      return out;
    };
    return grow(names, depth, values(pane), pane.diff && values(pane.diff));
  });
  if (at > bytes.length) throw RangeError('short payload');
  return { head, trees };
}
