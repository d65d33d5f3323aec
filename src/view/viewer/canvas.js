// Drawing: which boxes can be seen, and what is written in them.
//
// A subtree narrower than half a pixel is skipped by its end, so a redraw costs
// what is seen and not what there is. The canvas is as tall as the part in
// view; a deeper graph scrolls inside.

const ROW = 18

/**
 * A tree drawn one way: a half of a sandwich, or all of a graph. `up`: the root is at the bottom.
 * @typedef {{pane: Pane, tree: Tree, up: boolean, zoom: number, rows: number, box: HTMLElement,
 *   pad: HTMLElement, canvas: HTMLCanvasElement, mark: HTMLElement}} Layer
 */
/**
 * What a graph is painted with: a canvas's context, or what writes SVG and asks which box it is.
 * @typedef {Pick<CanvasRenderingContext2D, 'font' | 'fillStyle' | 'globalAlpha' | 'fillText'>
 *   & {fillRect: (x: number, y: number, w: number, h: number, spot?: Spot) => void}} Pen
 */

/**
 * Tells the place and width of every box that can be seen, ancestors of the zoomed one included.
 * @param {Layer} layer
 * @param {(i: number, x: number, w: number) => void} tell
 */
function visit({box, zoom, tree: {parent, end, weight, left}}, tell) {
  const width = box.clientWidth, scale = width / weight[zoom]
  for (let a = zoom; a >= 0; a = parent[a]) tell(a, 0, width)
  for (let i = zoom + 1; i < end[zoom];) {
    const w = weight[i] * scale
    if (w >= .5) tell(i, (left[i] - left[zoom]) * scale, w)
    i = w < .5 ? end[i] : i + 1
  }
}

/**
 * The top of a box in a graph that is not scrolled.
 * @param {Layer} layer
 * @param {number} i
 */
const topOf = ({up, rows, tree: {depth}}, i) => ROW * (up ? rows - 1 - depth[i] : depth[i])

/**
 * The node at a point of the graph; -1 for none.
 * @param {Layer} layer
 * @param {number} x
 * @param {number} y
 */
function nodeAt(layer, x, y) {
  let found = -1
  visit(layer, (i, from, w) => {
    if (x >= from && x < from + w && abs(y - topOf(layer, i) - 8) < 9) found = i
  })
  return found
}

/**
 * One line without marks that hide or turn text; the middle of a very long one is cut out.
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
const brief = name => name.replace(/[^([< ]*\//, '')

/**
 * As much of a text as fits: a path goes first, then the end.
 * @param {string} text
 * @param {number} room
 */
function fit(text, room) {
  for (const form of [text, brief(text)]) {
    const {width} = ink.measureText(form)
    if (width <= room) return form
    text = form.slice(0, form.length * (room - 12) / width) + '…'
  }
  return text
}

/**
 * @param {Layer} layer
 * @param {Pen} pen
 * @param {number} top what of the graph is at the top of the picture
 * @param {number} height of the picture
 */
function paint(layer, pen, top, height) {
  const {pane, tree: {names, depth, total, wasTotal}, zoom} = layer, {color, fontFamily} = getComputedStyle(root)
  pen.font = ink.font = '12px ' + fontFamily
  visit(layer, (i, x, w) => {
    const y = topOf(layer, i) - top, id = names[i], from = round(x), wide = max(1, round(x + w) - from - +(w > 3))
    if (y <= -ROW || y >= height) return
    const isDim = depth[i] < depth[zoom] || look.lit && !look.lit[id]
    const changed = pane.diff && change(pane.by, wasTotal[i], total[i]), pale = noise(pane, id) < 0
    pen.globalAlpha = isDim ? .4 : 1
    pen.fillStyle = changed ? tinted(changed.tint * (pale ? .2 : 1)) : '#' + head.colours.slice(6 * id, 6 * id + 6)
    pen.fillRect(from, y, wide, ROW - 1, {layer, i})
    if (wide < 17) return
    const sign = pale ? '≈' : !changed ? '' : wide > 120 ? changed.word : '−=+'[1 + Math.sign(changed.delta)]
    pen.globalAlpha = 1
    pen.fillStyle = isDim ? color : '#000'
    pen.fillText(fit(id ? wide < 40 ? sign : (sign && sign + ' ') + texts[id] : 'total ' + amount(total[i], pane), wide - 6), from + 3, y + 13)
  })
}

/**
 * Makes room for the rows that can be seen, and draws those in view.
 * @param {Layer} layer
 */
function draw(layer) {
  const {box, pad, canvas, tree, rows} = layer, dense = devicePixelRatio
  /** @type {any} */
  const pen = canvas.getContext('2d')
  if (!box.clientWidth) return
  visit(layer, i => layer.rows = max(layer.rows, tree.depth[i] + 1))
  const tall = layer.rows * ROW, height = min(tall, 36 * ROW)
  pad.style.height = tall + 'px'
  if (layer.up) box.scrollTop += tall - rows * ROW
  canvas.width = box.clientWidth * dense
  canvas.height = height * dense
  pen.scale(dense, dense)
  paint(layer, pen, box.scrollTop, height)
  place(layer, look.spot)
}
