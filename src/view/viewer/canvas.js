// Drawing: which boxes can be seen, and what is written in them.
//
// A subtree narrower than half a pixel is skipped in one step, so a redraw costs what is visible
// and not what there is. The canvas is as tall as the part in view; a deeper graph scrolls inside. On
// paper nothing scrolls, so that the canvas has all rows there.

const ROW = 18

/**
 * A tree on a canvas: a whole graph, or half a sandwich. `half` is 1 for the lower one. `isUp`: the
 * root is at the bottom. `width` is in pixels, 0 until it is known.
 * @typedef {{pane: Pane, half: number, tree: Tree, isUp: boolean, width: number, zoom: number, rows: number,
 *   grown?: number, box: HTMLElement, pad: HTMLElement, canvas: HTMLCanvasElement, mark: HTMLElement}} Layer
 */
/**
 * What a graph is painted with: the context of a canvas, or a writer of SVG, which also needs to
 * know the box.
 * @typedef {Pick<CanvasRenderingContext2D, 'font' | 'fillStyle' | 'globalAlpha' | 'fillText'>
 *   & {fillRect: (x: number, y: number, w: number, h: number, layer?: Layer, i?: number) => void}} Pen
 */

/**
 * Calls back with the place and width of every visible box, the ancestors of the zoomed one too.
 * @param {Layer} layer
 * @param {(i: number, x: number, w: number) => void} show
 */
function forVisible({width, zoom, tree: {parent, end, weight, left}}, show) {
  const scale = width / weight[zoom]
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
  const {pane, tree, zoom} = layer, {names, depth} = tree, {color, isDark} = theme, {matches, spot} = state
  const only = matches || spot || state.view == 'sandwich' ? 0 : state.function
  pen.font = measure.font = theme.font
  forVisible(layer, (i, x, w) => {
    const y = topOf(layer, i) - top, id = names[i]
    if (y <= -ROW || y >= height) return
    const left = round(x), width = max(1, round(x + w) - left - +(w > 3))
    const isDim = depth[i] < depth[zoom] || matches && !matches[id] || only && id != only
    const changed = pane.diff && change(pane, pane.scales, tree.totalBefore[i], tree.total[i])
    const isNoise = !isInverted() && margin(pane, id) < 0
    pen.globalAlpha = isDim ? .4 : 1
    pen.fillStyle = changed ? tinted(changed.tint * (isNoise ? .2 : 1), isDark) : '#' + head.colours.slice(6 * id, 6 * id + 6)
    pen.fillRect(left, y, width, ROW - 1, layer, i)
    if (width < 17) return
    const sign = isNoise ? '≈' : changed ? changeSign(changed, width) : ''
    const text = id ? [sign, width < 40 ? '' : texts[id]].filter(Boolean).join(' ') : 'total ' + amount(tree.total[i], pane)
    pen.globalAlpha = 1
    pen.fillStyle = isDim ? color : changed && isDark ? '#fff' : '#000'
    pen.fillText(fit(text, width - 6), left + 3, y + 13)
  })
  frameChosen(layer, pen, top)
}

/**
 * Draws a frame around each outermost call of the chosen function, however narrow it is.
 * @param {Layer} layer
 * @param {Pen} pen
 * @param {number} top
 */
function frameChosen(layer, pen, top) {
  const {tree, zoom, width} = layer, {weight, left, end} = tree, id = state.function
  if (!id || state.view == 'sandwich') return
  const scale = width / weight[zoom]
  pen.globalAlpha = 1
  pen.fillStyle = theme.color
  for (const i of callsOf(tree, [id])) {
    if (i < zoom || i >= end[zoom]) continue
    const w = max(4, round(weight[i] * scale) - 1), x = min(round((left[i] - left[zoom]) * scale), width - w), y = topOf(layer, i) - top
    for (const [dx, dy, wide, tall] of [[0, 0, w, 2], [0, ROW - 3, w, 2], [0, 0, 2, ROW - 1], [w - 2, 0, 2, ROW - 1]]) pen.fillRect(x + dx, y + dy, wide, tall)
  }
}

/**
 * What a box says of its change: the growth, or its direction where there is little room.
 * @param {Change} change
 * @param {number} width of the box
 */
const changeSign = ({word, delta}, width) => width > 120 ? word : '−=+'[1 + Math.sign(delta)]

/** The colours and the font of the page. */
let theme = {color: '', background: '', isDark: false, font: ''}

/** Draws all graphs again, as they are: first sizes, then pictures, so that the layout is made once. */
function redraw() {
  const {color, backgroundColor: background, fontFamily} = getComputedStyle(root)
  const [red, green, blue] = (background.match(/[\d.]+/g) || [255, 255, 255]).map(Number)
  theme = {color, background, isDark: red + green + blue < 384, font: '12px ' + fontFamily}
  if (panes[0]?.diff) page.legend.style.cssText = `--scale:${[-1, 0, 1].map(tint => tinted(tint, theme.isDark))};--ink:${theme.isDark ? '#fff' : '#000'}`
  const layers = allLayers().filter(({width}) => width)
  for (const layer of layers) makeRoom(layer)
  for (const layer of layers) drawVisible(layer)
  for (const layer of layers) outline(layer, state.spot)
}

/**
 * Makes room for the visible rows.
 * @param {Layer} layer
 */
function makeRoom(layer) {
  const {pad, canvas, tree, width, rows} = layer
  layer.grown = 0
  forVisible(layer, i => layer.rows = max(layer.rows, tree.depth[i] + 1))
  const tall = layer.rows * ROW
  pad.style.height = tall + 'px'
  if (layer.isUp) layer.grown = tall - rows * ROW
  canvas.width = width * devicePixelRatio
  canvas.height = min(tall, (isOnPaper ? 500 : 36) * ROW) * devicePixelRatio
}

/**
 * Draws the rows in view.
 * @param {Layer} layer
 */
function drawVisible(layer) {
  const {box, canvas, grown} = layer, density = devicePixelRatio
  /** @type {any} */
  const pen = canvas.getContext('2d')
  // What is in view stays there when rows are added above it.
  if (grown) box.scrollTop += grown
  layer.grown = 0
  pen.setTransform(density, 0, 0, density, 0, 0)
  pen.clearRect(0, 0, canvas.width, canvas.height)
  paint(layer, pen, isOnPaper ? 0 : box.scrollTop, canvas.height / density)
}
