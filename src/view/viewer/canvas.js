// Drawing: which boxes can be seen, what is written in them, and one canvas a layer.
//
// A subtree narrower than half a pixel is skipped by its end, so a redraw costs
// what is seen and not what there is. The canvas is as tall as the part in
// view; a deeper graph scrolls inside.

const ROW = 18, TALL = 36 * ROW;

/**
 * A tree drawn one way: a half of a sandwich, or all of a graph. `up`: the root is at the bottom.
 * @typedef {{pane: Pane, tree: Tree, up: boolean, zoom: number, rows: number, box: HTMLElement,
 *   pad: HTMLElement, canvas: HTMLCanvasElement, mark: HTMLElement}} Layer
 */
/**
 * Draws node `i` at `x`, `w` pixels wide.
 * @typedef {(i: number, x: number, w: number) => void} Pen
 */

/**
 * Every box that can be seen, ancestors of the zoomed one included.
 * @param {Layer} layer
 * @param {number} width
 * @param {Pen} pen
 * @param {number} [deepest] row in view
 */
function visit({ tree, zoom }, width, pen, deepest = Infinity) {
  const { parent, end, depth, weight, left, sorted } = tree;
  for (let a = parent[zoom]; a >= 0; a = parent[a]) pen(a, 0, width);
  const scale = width / weight[zoom];
  pen(zoom, 0, width);
  for (let i = zoom + 1; i < end[zoom];) {
    const w = weight[i] * scale;
    if (w >= .5) {
      pen(i, (left[i] - left[zoom]) * scale, w);
      i = depth[i] < deepest ? i + 1 : end[i];
    } else i = sorted ? end[parent[i]] : end[i];
  }
}

/**
 * The top of a row, in a graph that is not scrolled.
 * @param {Layer} layer
 * @param {number} deep
 */
function rowTop({ up, rows }, deep) {
  return ROW * (up ? rows - 1 - deep : deep);
}

/**
 * The node at a point of the graph; -1 for none.
 * @param {Layer} layer
 * @param {number} x
 * @param {number} y
 */
function nodeAt({ tree, zoom, up, rows, box }, x, y) {
  const row = Math.floor(y / ROW), deep = up ? rows - 1 - row : row;
  const { depth, parent, weight, left } = tree;
  let i = zoom;
  while (depth[i] > deep) i = parent[i];
  const scale = weight[zoom] / box.clientWidth, at = left[zoom] + x * scale;
  while (i >= 0 && depth[i] < deep) {
    i = child(tree, i, c => left[c] + weight[c] > at);
    if (i >= 0 && (left[i] > at || weight[i] < scale / 2)) return -1;
  }
  return deep < 0 ? -1 : i;
}

const unseen = /[\0-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g;

/**
 * One line without marks that hide or turn text.
 * @param {string} text
 */
function clean(text) {
  return text.replace(/[\t\r\n]/g, ' ').replace(unseen, '\ufffd');
}

/** @type {string[]} */
const shownNames = [];
/**
 * A name as it is drawn: clean, the middle of a very long one cut out.
 * @param {number} id
 */
function shown(id) {
  const name = clean(head.names[id]);
  return shownNames[id] ??= name.length > 300 ? name.slice(0, 99) + '…' + name.slice(-200) : name;
}

/** @type {Map<string, number>} */
const widths = new Map();
/**
 * As much of a text as fits: a path goes first, then the end.
 * @param {string} text
 * @param {number} room
 */
function fit(text, room) {
  for (const form of [text, text.replace(/^[^([< ]*\//, '')]) {
    if (!widths.has(form)) widths.set(form, ink.measureText(form).width);
    const width = widths.get(form) || 0;
    if (width <= room) return form;
    text = form.slice(0, Math.max(1, form.length * room / width - 1)) + '…';
  }
  return text;
}

/**
 * What is written in a box; "" where there is no room.
 * @param {Layer} layer
 * @param {number} i
 * @param {number} room
 */
function label({ pane, tree }, i, room) {
  if (room < 14) return '';
  const id = tree.names[i];
  if (!i && !id) return fit(`total ${amount(tree.total[0], pane.head)}`, room);
  let sign = '';
  if (tree.wasTotal) {
    const { delta, word } = change(pane.scales, tree.wasTotal[i], tree.total[i]);
    sign = room > 110 && word ? word + ' ' : delta < 0 ? '− ' : delta > 0 ? '+ ' : '';
  }
  return fit(sign + shown(id), room);
}

/**
 * @param {Layer} layer
 * @param {number} i
 */
function fill({ pane, tree }, i) {
  const id = tree.names[i];
  return tree.wasTotal ? tinted(change(pane.scales, tree.wasTotal[i], tree.total[i]).tint)
    : '#' + (head.colours.slice(6 * id, 6 * id + 6) || 'b8b8b8');
}

/**
 * Whether a box steps back: an ancestor of the zoomed one, or not what is searched for.
 * @param {Layer} layer
 * @param {number} i
 */
function isDim({ tree, zoom }, i) {
  return tree.depth[i] < tree.depth[zoom] || look.hits && !look.hits[tree.names[i]];
}

/**
 * Makes room for the rows that can be seen, and draws those in view.
 * @param {Layer} layer
 */
function draw(layer) {
  const { box, pad, canvas, tree } = layer, before = layer.rows;
  visit(layer, box.clientWidth, i => layer.rows = Math.max(layer.rows, tree.depth[i] + 1));
  pad.style.height = layer.rows * ROW + 'px';
  if (layer.up) box.scrollTop += (layer.rows - before) * ROW;
  const width = box.clientWidth, height = Math.min(layer.rows * ROW, TALL);
  if (!width) return;
  const dense = devicePixelRatio || 1;
  canvas.width = width * dense;
  canvas.height = height * dense;
  canvas.style.height = height + 'px';
  const pen = canvas.getContext('2d');
  if (!pen) return;
  pen.scale(dense, dense);
  paint(layer, pen, width, box.scrollTop, height);
  place(layer);
}

/**
 * @param {Layer} layer
 * @param {CanvasRenderingContext2D} pen
 * @param {number} width
 * @param {number} top
 * @param {number} height
 */
function paint(layer, pen, width, top, height) {
  const { tree, up } = layer, { color, fontFamily } = getComputedStyle(root);
  pen.font = ink.font = `12px ${fontFamily}`;
  pen.textBaseline = 'middle';
  const snap = pen.getTransform().a, round = (/** @type {number} */ x) => Math.round(x * snap) / snap;
  const deepest = up ? Infinity : (top + height) / ROW;
  visit(layer, width, (i, x, w) => {
    const y = rowTop(layer, tree.depth[i]) - top;
    if (y <= -ROW || y >= height) return;
    const from = round(x), wide = Math.max(round(x + w) - from, 1 / snap);
    const dim = isDim(layer, i);
    pen.globalAlpha = dim ? .35 : 1;
    pen.fillStyle = fill(layer, i);
    pen.fillRect(from, y, wide > 3 ? wide - 1 : wide, ROW - 1);
    if (tree.names[i] == look.marked && wide > 3) {
      pen.strokeStyle = color;
      pen.lineWidth = 2;
      pen.strokeRect(from + 1, y + 1, wide - 3, ROW - 3);
    }
    const text = label(layer, i, wide - 7);
    if (!text) return;
    pen.globalAlpha = 1;
    pen.fillStyle = dim ? color : '#000';
    pen.fillText(text, from + 3, y + ROW / 2, wide);
  }, deepest);
}
