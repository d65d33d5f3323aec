// Unpacks the payload of an output into a header and trees.
//
// A payload is base64 of raw deflate. It holds a JSON header and then, for each pane, the columns
// of a tree as unsigned varints in pre-order. Each column becomes one typed array, and no node is
// an object: a million nodes are a few arrays. `payload.rs` writes what this file reads.

/**
 * The unit of a pane's values: its kind, and the word for it.
 * @typedef {{unitKind: string, unit: string, perSecond?: boolean}} Unit
 */
/**
 * The side before, in a pane that is a diff. Percentages are of `whole`. `noise` has, for a mode
 * and a name id, half of the 95 % interval of the change of a function's total: negative where the
 * change is not significant, 0 where the error is unknown.
 * @typedef {{scale: number, signed: boolean, rounding?: number, whole: number, mode: string, width: string,
 *   seconds: number[], legend: string, noise: Record<string, any>}} Before
 */
/**
 * A pane as the header describes it. `whole` is the total before stacks were filtered.
 * @typedef {Unit & {title: string, query: string, window: string, notes: string[], nodes: number,
 *   scale: number, signed: boolean, whole: number, diff?: Before,
 *   timeline?: {start: number, step: number, values: (number | null)[]}}} PaneHeader
 */
/**
 * `names`, `colours` and `file` are indexed by name id; the root has name 0. `page` is the HTML
 * and CSS around the graphs: `page.min.html`.
 * @typedef {{view: string, names: string[], colours: string, files: string[], file: number[],
 *   focus?: number[], title: string, page: string, panes: PaneHeader[]}} Header
 */

const {abs, max, min, round} = Math

/** @param {string} base64 */
async function unpack(base64) {
  const text = atob(base64)
  const packed = new Uint8Array(text.length).map((_, i) => text.charCodeAt(i))
  const raw = new Blob([packed]).stream().pipeThrough(new DecompressionStream('deflate-raw'))
  return decode(new Uint8Array(await new Response(raw).arrayBuffer()))
}

/**
 * @param {Uint8Array} bytes
 * @returns {{head: Header, trees: Tree[]}}
 * @throws when there are too few or too many bytes
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
    /** @param {{scale: number, signed: boolean}} column */
    const values = ({scale, signed}, count = nodes) => new Float64Array(count).map(() => {
      const v = varint()
      // Zigzag: odd numbers are the negative ones.
      return scale * (signed ? v % 2 ? (v + 1) / -2 : v / 2 : v)
    })
    for (const mode in diff?.noise) diff.noise[mode] = values(diff.noise[mode], head.names.length)
    let last = -1
    const depth = new Int32Array(nodes).map(() => last += 1 - varint())
    const names = new Int32Array(nodes).map(varint)
    return makeTree(names, depth, values(pane), diff ? values(diff) : new Float64Array(nodes))
  })
  if (at != bytes.length) throw 'payload'
  return {head, trees}
}
