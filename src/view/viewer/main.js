// Starts the viewer: finds its root element and waits until that comes into view.
//
// The script may have been moved (VS Code does that), may run again, and may share a page with
// others of its kind. When something fails before the graphs are there, the static picture is put
// back.

/**
 * What is shown. `function` is the chosen one by its name id, 0 for none: the table, the graphs and
 * the sandwich show it, whichever was used to choose it. `spot` is the one call of it that was
 * chosen in a graph. `matches` has by name id what was searched. `focus` are the functions of the
 * sandwich while none is chosen. An empty `show` depends on the room.
 * @typedef {{view: string, show: string, only: string, mode: string, width: string, inverted: boolean,
 *   search: string, matches?: boolean[] | null, filters: Filter[], function: number, focus: number[],
 *   sort: number, spot: Spot?, zoom: Spot?}} State
 */

/** @type {any} */
const before = document.currentScript?.previousElementSibling
/** A root with a tabindex has its viewer already. @type {any} */
const root = before?.matches('.flamebook') ? before : document.querySelector('.flamebook:not([tabindex])')
root.tabIndex = -1

/** The static picture. @type {string} */
const still = root.innerHTML
/** The elements of viewer.html that have an id, by that. @type {Record<string, any>} */
const page = {}
/** Measures texts: one canvas for all outputs of a page, because browsers limit their number. @type {any} */
let measure
/** @type {Header} */
let head
/** Empty while the graphs are out of view. @type {Pane[]} */
let panes = []
/** @type {State & Record<string, any>} */
let state
/** The names, cleaned. @type {string[]} */
let texts
/** @type {ShadowRoot} */
let shadow
watch()

/** @param {{head: Header, trees: Tree[]}} unpacked */
function start({head: header, trees}) {
  head = header
  // For what is too narrow in a sandwich or an inverted tree; the last name, after the payload's.
  head.names.push('(other)')
  head.colours += 'b8b8b8'
  texts = head.names.map(name => clean(name))
  measure = /** @type {any} */ (document).flamebookMeasure ||= element('canvas').getContext('2d')
  const {view, focus} = head, [{diff}] = head.panes, [{own, names}] = trees
  state ||= {
    view: view == 'compare' ? 'flame' : view, show: '', only: 'all', mode: diff ? diff.mode : 'amount', width: diff ? diff.width : 'both', inverted: false,
    search: '', filters: [], function: 0, sort: diff ? 2 : 0, spot: null, zoom: null, focus: focus || [names[own.indexOf(own.reduce((a, b) => max(a, b)))]]
  }
  panes = head.panes.map((pane, index) => {
    const base = trees[index]
    return {...pane, index, unit: clean(pane.unit), base, tree: base, scales: [1, 1], sums: functionSums(base, texts.length), layers: [], cell: cellOf(pane)}
  })
  shadow ||= root.attachShadow({mode: 'open'})
  build()
  if (state.filters[0]) filterTrees()
  runSearch()
}
