// Finds its root, unpacks the payload and takes over from the static picture.
//
// The script may have been moved (VS Code), may run again, and may share the
// page with others of its kind. Whatever fails before the graphs are there
// leaves the static picture in place.

/**
 * What is looked at. `hits`: by name id, what the search found. `marked`: a name id or -1.
 * @typedef {{view: string, layout: string, only: string, mode: string, width: string, query: string,
 *   hits: Uint8Array | null, marked: number, focus: number[], sort: number, falling: boolean,
 *   spot: Spot | null, picked: Spot | null}} Look
 */

/** @type {Header} */
let head;
/** @type {Pane[]} */
let panes = [];
/** @type {Look} */
let look;
let other = 0;

const root = rootOf(), still = root.innerHTML, tip = el('div', { className: 'tip', style: 'display:none' });
const ink = /** @type {CanvasRenderingContext2D} */ (el('canvas').getContext('2d'));
unpack(payload).then(start).catch(error => console.warn('flamebook:', error));

/** @returns {any} */
function rootOf() {
  const before = document.currentScript?.previousElementSibling;
  /** @type {any} */
  const found = before?.matches('.flamebook') ? before
    : [...document.querySelectorAll('.flamebook')].find(root => !(/** @type {any} */ (root).flamebook));
  if (!found || found.flamebook) throw Error('no place for a flamebook');
  found.flamebook = true;
  return found;
}

/** @param {{head: Header, trees: Tree[]}} unpacked */
function start({ head: header, trees }) {
  head = header;
  panes = trees.map((tree, k) => {
    const pane = head.panes[k];
    return { head: pane, tree, scales: [1, 1], layers: [], cell: cellOf(pane) };
  });
  other = head.names.indexOf('(other)');
  if (other < 0) other = head.names.push('(other)') - 1;
  const [{ diff }] = head.panes, [tree] = trees;
  const view = head.view == 'compare' ? 'flame' : head.view;
  look = { view, layout: panes.length < 2 && root.clientWidth > 1000 ? 'both' : 'graph', only: 'all',
    mode: diff ? diff.mode : 'amount', width: diff ? diff.width : 'after', query: '', hits: null, marked: -1,
    focus: head.focus || [tree.names[hottest(tree)]], sort: diff ? 2 : 0, falling: true, spot: null, picked: null };
  build();
  refresh();
}

/**
 * The node with the greatest self value.
 * @param {Tree} tree
 */
function hottest({ own }) {
  return own.reduce((best, value, i) => i && value > own[best] ? i : best, Math.min(1, own.length - 1));
}

/**
 * Searches; tells what share of each pane was found.
 * @param {string} text
 */
function seek(text) {
  look.query = text;
  look.hits = null;
  const test = tester(text);
  if (!test) return '';
  const hits = look.hits = Uint8Array.from(head.names, (name, id) => +(id > 0 && test(name)));
  return panes.map(({ head: { whole, diff }, tree }) => {
    const { now, was } = matched(tree, hits), share = percent(now, whole);
    return diff ? `${percent(was, diff.whole)} → ${share}` : share;
  }).join(' | ') + ' matched';
}
