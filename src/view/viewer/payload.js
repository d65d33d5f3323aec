// The payload: what one output carries, unpacked into columns.
//
// Base64 of raw deflate of a JSON header and, for each pane, columns of unsigned
// varints in pre-order. One typed array a column, no object a node: a million
// nodes are a few arrays. `payload.rs` is the other side of this file.

/**
 * What kind of number a pane holds; `unit` is its word.
 * @typedef {{unitKind: string, unit: string, perSecond?: boolean}} Unit
 */
/**
 * The side before, in a pane that is a diff. `whole` is the base of its percentages; `noise` has
 * for a mode and a name id the standard error of the change of a function's total, below zero
 * where that is not told from noise, 0 where it is not known.
 * @typedef {{scale: number, signed: boolean, whole: number, mode: string, width: string,
 *   seconds: number[], legend: string, noise: Record<string, any>}} Before
 */
/**
 * One pane as the header tells it. `whole` is the total before stack filters.
 * @typedef {Unit & {title: string, query: string, window: string, notes: string[], nodes: number,
 *   scale: number, signed: boolean, whole: number, diff?: Before,
 *   timeline?: {start: number, step: number, values: (number | null)[]}}} PaneHeader
 */
/**
 * `names` and all that goes with them are indexed by name id; name 0 is the root's.
 * `page` is page.min.html.
 * @typedef {{view: string, names: string[], colours: string, files: string[], file: number[],
 *   focus?: number[], title: string, page: string, panes: PaneHeader[]}} Header
 */

const {abs, max, min, round} = Math

/** @param {string} base64 */
async function unpack(base64) {
  const text = atob(base64), packed = new Uint8Array(text.length).map((_, i) => text.charCodeAt(i))
  const raw = new Blob([packed]).stream().pipeThrough(new DecompressionStream('deflate-raw'))
  return decode(new Uint8Array(await new Response(raw).arrayBuffer()))
}

/**
 * @param {Uint8Array} bytes
 * @returns {{head: Header, trees: Tree[]}}
 * @throws for bytes that end too early or too late
 */
function decode(bytes) {
  let at = 0
  const varint = () => {
    let byte, value = 0, scale = 1
    do {
      byte = bytes[at++]
      value += (byte & 127) * scale
      scale *= 128
    } while (byte > 127)
    return value
  }
  const size = varint()
  /** @type {Header} */
  const head = JSON.parse(new TextDecoder().decode(bytes.subarray(at, at += size)))
  const trees = head.panes.map(({nodes, diff, ...pane}) => {
    let deep = -1
    /** @param {{scale: number, signed: boolean}} column */
    const values = ({scale, signed}, count = nodes) => new Float64Array(count).map(() => {
      const v = varint()
      return scale * (signed ? v % 2 ? (v + 1) / -2 : v / 2 : v)
    })
    for (const mode in diff?.noise) diff.noise[mode] = values(diff.noise[mode], head.names.length)
    const depth = new Int32Array(nodes).map(() => deep += 1 - varint())
    const names = new Int32Array(nodes).map(varint)
    return grow(names, depth, values(pane), diff ? values(diff) : new Float64Array(nodes))
  })
  if (at != bytes.length) throw 'payload'
  return {head, trees}
}
