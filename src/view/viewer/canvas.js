// Drawing: which boxes can be seen, and what is written in them.
//
// A subtree narrower than half a pixel is skipped in one step, so a redraw costs what is visible
// and not what there is. The canvas is as tall as the part in view; a deeper graph scrolls inside.

const ROW = 18

/**
 * A tree on a canvas: a whole graph, or half a sandwich. `isUp`: the root is at the bottom.
 * `content` tells layers with other stacks apart: where it is the same, a zoom can stay.
 * @typedef {{pane: Pane, tree: Tree, isUp: boolean, content: string, zoom: number, rows: number,
 *   box: HTMLElement, pad: HTMLElement, canvas: HTMLCanvasElement, mark: HTMLElement}} Layer
 */
/**
 * What a graph is painted with: the context of a canvas, or a writer of SVG, which also needs to
 * know the box.
 * @typedef {Pick<CanvasRenderingContext2D, 'font' | 'fillStyle' | 'globalAlpha' | 'fillText'>
 *   & {fillRect: (x: number, y: number, w: number, h: number, spot?: Spot) => void}} Pen
 */

/**
 * Calls back with the place and width of every visible box, the ancestors of the zoomed one too.
 * @param {Layer} layer
 * @param {(i: number, x: number, w: number) => void} show
 */
function forVisible({box, zoom, tree: {parent, end, weight, left}}, show) {
  const width = box.clientWidth, scale = width / weight[zoom]
  for (let a = zoom; a >= 0; a = parent[a]) show(a, 0, width)
  for (let i = zoom + 1; i < end[zoom];) {
    const w = weight[i] * scale
    if (w >= .5) show(i, (left[i] - left[zoom]) * scale, w)
    i = w < .5 ? end[i] : i + 1
  }
}

/**
 * The top of a box, in a graph that is not scrolled.
 * @param {Layer} layer
 * @param {number} i
 */
const topOf = ({isUp, rows, tree: {depth}}, i) => ROW * (isUp ? rows - 1 - depth[i] : depth[i])

/**
 * The node at a point of the graph; -1 for none.
 * @param {Layer} layer
 * @param {number} x
 * @param {number} y
 */
function nodeAt(layer, x, y) {
  let found = -1
  forVisible(layer, (i, left, w) => {
    if (x >= left && x < left + w && abs(y - topOf(layer, i) - 8) < 9) found = i
  })
  return found
}

/**
 * Text as one line, without characters that hide or turn text. A very long text loses its middle.
 * @param {string} text
 * @param {number} [longest]
 */
function clean(text, longest = 300) {
  if (text.length > longest) text = text.slice(0, longest / 3) + '…' + text.slice(-longest * .66)
  return text.replace(/[\t\n\r]/g, ' ').replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '\ufffd')
}

/**
 * A name without its path.
 * @param {string} name
 */
const withoutPath = name => name.replace(/[^([< ]*\//, '')

/**
 * As much of a text as fits. Its path is left out first, then its end.
 * @param {string} text
 * @param {number} room
 */
function fit(text, room) {
  for (const form of [text, withoutPath(text)]) {
    const {width} = measure.measureText(form)
    if (width <= room) return form
    text = form.slice(0, form.length * (room - 12) / width) + '…'
  }
  return text
}

/**
 * @param {Layer} layer
 * @param {Pen} pen
 * @param {number} top of the picture, in the graph
 * @param {number} height of the picture
 */
function paint(layer, pen, top, height) {
  const {pane, tree, zoom} = layer, {names, depth} = tree, {color, fontFamily} = getComputedStyle(root)
  pen.font = measure.font = '12px ' + fontFamily
  forVisible(layer, (i, x, w) => {
    const y = topOf(layer, i) - top, id = names[i]
    if (y <= -ROW || y >= height) return
    const left = round(x), width = max(1, round(x + w) - left - +(w > 3))
    const isDim = depth[i] < depth[zoom] || state.highlighted && !state.highlighted[id]
    const changed = pane.diff && change(pane.scales, tree.totalBefore[i], tree.total[i])
    const isNoise = !isInverted() && standardError(pane, id) < 0
    pen.globalAlpha = isDim ? .4 : 1
    pen.fillStyle = changed ? tinted(changed.tint * (isNoise ? .2 : 1)) : '#' + head.colours.slice(6 * id, 6 * id + 6)
    pen.fillRect(left, y, width, ROW - 1, {layer, i})
    if (width < 17) return
    const sign = isNoise ? '≈' : changed ? changeSign(changed, width) : ''
    const text = id ? [sign, width < 40 ? '' : texts[id]].filter(Boolean).join(' ') : 'total ' + amount(tree.total[i], pane)
    pen.globalAlpha = 1
    pen.fillStyle = isDim ? color : '#000'
    pen.fillText(fit(text, width - 6), left + 3, y + 13)
  })
}

/**
 * What a box says of its change: the growth, or its direction where there is little room.
 * @param {Change} change
 * @param {number} width of the box
 */
const changeSign = ({word, delta}, width) => width > 120 ? word : '−=+'[1 + Math.sign(delta)]

/**
 * Makes room for the visible rows, and draws those in view.
 * @param {Layer} layer
 */
function draw(layer) {
  const {box, pad, canvas, tree, rows} = layer, density = devicePixelRatio
  /** @type {any} */
  const pen = canvas.getContext('2d')
  if (!box.clientWidth) return
  forVisible(layer, i => layer.rows = max(layer.rows, tree.depth[i] + 1))
  const tall = layer.rows * ROW, height = min(tall, 36 * ROW)
  pad.style.height = tall + 'px'
  if (layer.isUp) box.scrollTop += tall - rows * ROW
  canvas.width = box.clientWidth * density
  canvas.height = height * density
  pen.scale(density, density)
  paint(layer, pen, box.scrollTop, height)
  outline(layer, state.selected)
}
