// Finds its root, unpacks the payload and takes over from the static picture.
//
// The script may have been moved (VS Code), may run again, and may share the
// page with others of its kind. Whatever fails before the graphs are there
// leaves the static picture in place.

/**
 * What is looked at. By name id: `hits` is what was searched for, `lit` what is not dimmed. `name`: the chosen function, 0 for none.
 * @typedef {{view: string, show: string, only: string, mode: string, width: string, hits?: boolean[] | null, lit?: boolean[] | null,
 *   name: number, focus: number[], sort: number, spot: Spot?}} Look
 */

/** @type {any} */
const before = document.currentScript?.previousElementSibling
/** @type {any} What has a tabindex has been taken. */
const root = before?.matches('.flamebook') ? before : document.querySelector('.flamebook:not([tabindex])')
root.tabIndex = -1

// What of the page has an id: the elements of viewer.html.
/** @type {any[]} */
let [search, found, legend, graphs, table, body, read, tip, blank] = []
/** @type {any} */
const ink = el('canvas').getContext('2d')
/** @type {Header} */
let head
/** @type {Pane[]} */
let panes
/** @type {Look & Record<string, any>} */
let look
/** @type {string[]} */
let texts
/** @type {ShadowRoot} */
let shade
unpack(payload).then(start)

/** @param {{head: Header, trees: Tree[]}} unpacked */
function start({head: header, trees}) {
  head = header
  // What a sandwich leaves out, after all that the payload names.
  head.names.push('(other)')
  head.colours += 'b8b8b8'
  texts = head.names.map(name => clean(name))
  panes = head.panes.map((pane, k) => ({...pane, unit: clean(pane.unit), tree: trees[k], by: [1, 1], sums: functions(trees[k], texts.length), layers: [], cell: cellOf(pane)}))
  const {view, focus} = head, [{diff, tree: {own, names}}, isMany] = panes
  look = {view: view == 'compare' ? 'flame' : view, show: root.clientWidth < 1000 || isMany ? 'graph' : 'both', only: 'all',
    mode: 'amount', width: 'both', ...diff, name: 0, sort: diff ? 2 : 0, spot: null,
    focus: focus || [names[own.indexOf(own.reduce((a, b) => max(a, b)))]]}
  shade = root.attachShadow({mode: 'open'})
  build()
  refresh()
}
