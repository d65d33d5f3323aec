// Starts the viewer: finds its root element, unpacks the payload and replaces the static picture.
//
// The script may have been moved (VS Code does that), may run again, and may share a page with
// others of its kind. When something fails before the graphs are there, the static picture stays.

/**
 * What is shown. By name id: `matches` is what was searched, `highlighted` what is not dimmed.
 * `function` is the selected one, 0 for none. `focus` has the functions of the sandwich.
 * @typedef {{view: string, show: string, only: string, mode: string, width: string, inverted: boolean,
 *   matches?: boolean[] | null, highlighted?: boolean[] | null,
 *   function: number, focus: number[], sort: number, selected: Spot?}} State
 */

/** @type {any} */
const before = document.currentScript?.previousElementSibling
/** A root with a tabindex has its viewer already. @type {any} */
const root = before?.matches('.flamebook') ? before : document.querySelector('.flamebook:not([tabindex])')
root.tabIndex = -1

/** The elements of viewer.html that have an id, by that. @type {Record<string, any>} */
const page = {}
/** Measures texts. @type {any} */
const measure = element('canvas').getContext('2d')
/** @type {Header} */
let head
/** @type {Pane[]} */
let panes
/** @type {State & Record<string, any>} */
let state
/** The names, cleaned. @type {string[]} */
let texts
/** @type {ShadowRoot} */
let shadow
unpack(payload).then(start)

/** @param {{head: Header, trees: Tree[]}} unpacked */
function start({head: header, trees}) {
  head = header
  // For what is too narrow in a sandwich or an inverted tree; the last name, after the payload's.
  head.names.push('(other)')
  head.colours += 'b8b8b8'
  texts = head.names.map(name => clean(name))
  panes = head.panes.map((pane, k) => ({
    ...pane, unit: clean(pane.unit), tree: trees[k], scales: [1, 1], sums: functionSums(trees[k], texts.length), layers: [], cell: cellOf(pane)
  }))
  const {view, focus} = head, [{diff, tree: {own, names}}, isMany] = panes
  const heaviest = names[own.indexOf(own.reduce((a, b) => max(a, b)))]
  state = {
    view: view == 'compare' ? 'flame' : view, show: root.clientWidth < 1000 || isMany ? 'graph' : 'both', only: 'all',
    mode: diff ? diff.mode : 'amount', width: diff ? diff.width : 'both', inverted: false, function: 0, sort: diff ? 2 : 0, selected: null, focus: focus || [heaviest]
  }
  shadow = root.attachShadow({mode: 'open'})
  build()
  refresh()
}
