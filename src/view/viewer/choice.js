// The one function that is chosen, and the filters that leave only some stacks.
//
// Graph, table, search, sandwich and keyboard all choose with `choose`, and all show it.

/**
 * A box: the node of a layer and the names on its path. The other panes of a comparison follow it
 * by its path.
 * @typedef {{pane: number, half: number, i: number, path: number[]}} Spot
 */

/**
 * @param {Layer} layer
 * @param {number} i
 * @returns {Spot}
 */
const spotOf = ({pane, half, tree}, i) => ({pane: pane.index, half, i, path: pathOf(tree, i)})

/**
 * The layer of a box.
 * @param {Spot} spot
 */
const layerOf = ({pane, half}) => panes[pane].layers[half]

/**
 * The node of a layer with the same path as a box; -1 for none. In the tree that the box is from it
 * is the box itself: siblings may have one name there.
 * @param {Layer} layer
 * @param {Spot?} spot
 */
function nodeOf(layer, spot) {
  if (!spot || layer.half != spot.half) return -1
  const {tree} = layer, {i, path} = spot
  return layer.pane.index == spot.pane && pathOf(tree, i).join() == path.join() ? i : nodeAtPath(tree, path)
}

/** Finds the zoomed and the chosen box in the graphs as they are now. */
function placeSpots() {
  const {spot, zoom} = state
  for (const layer of allLayers()) layer.zoom = max(0, nodeOf(layer, zoom))
  if (spot) spot.i = nodeOf(layerOf(spot), spot)
  if (spot && spot.i < 0) state.spot = null
}

/** The functions in the middle of the sandwich. */
const focusIds = () => state.function ? [state.function] : state.focus

/**
 * Whether a name is that of a function in some pane, and not the root or "(other)" of a graph.
 * @param {number} id
 */
const isFunction = id => id > 0 && panes.some(({tree}) => tree.names.includes(id))

/**
 * Chooses a function: everywhere, or one call of it.
 * @param {number} id
 * @param {Spot?} spot
 */
function choose(id, spot = null) {
  state.function = isFunction(id) ? id : 0
  state.spot = spot
  // What is chosen elsewhere may not be in the part of the graph that is zoomed to.
  const isInZoom = allLayers().some(({tree: {names, end}, zoom}) => names.subarray(zoom, end[zoom]).includes(id))
  if (!spot && id && !isInZoom) state.zoom = null
  refresh()
  if (!spot) revealFunction()
}

/** Scrolls the graphs to the chosen function. */
function revealFunction() {
  for (const layer of allLayers()) {
    const i = layer.tree.names.indexOf(state.function, layer.zoom)
    if (state.function && i >= 0) reveal(layer.box, topOf(layer, i))
  }
}

/** Chooses the next function that the search has found. */
function nextMatch() {
  const ids = rowIds(columns())
  choose(ids[(ids.indexOf(state.function) + 1) % ids.length])
}

/**
 * What is said of a function, all its calls together; its name first.
 * @param {number} id
 */
function functionFacts(id) {
  return [clean(head.names[id], 4000), ...panes.flatMap(pane => {
    const {sums, title} = pane, prefix = panes[1] ? clean(title) + ': ' : ''
    return [
      prefix + figure('total', pane, sums.totalBefore[id], sums.total[id]), figure('self', pane, sums.ownBefore[id], sums.own[id]), errorFact(pane, id)
    ]
  })].filter(line => line)
}

/**
 * Leaves only the stacks with a function, or hides its frames, as the verb of that name does.
 * @typedef {['focus' | 'hide', number]} Filter
 */

/** @param {Filter[]} filters */
function setFilters(filters) {
  state.filters = filters
  state.spot = state.zoom = null
  filterTrees()
  if (!isFunction(state.function)) state.function = 0
  refresh()
}

/** @param {'focus' | 'hide'} verb */
function addFilter(verb) {
  if (state.function) setFilters([...state.filters, [verb, state.function]])
}

/** Makes the trees that the filters leave. */
function filterTrees() {
  for (const pane of panes) {
    pane.tree = state.filters.reduce((tree, [verb, id]) => (verb == 'focus' ? focused : hidden)(tree, id), pane.base)
    pane.sums = functionSums(pane.tree, texts.length)
  }
}

/** The query of what is chosen, with the filters. */
function query() {
  const {spot, filters} = state, steps = filters.map(filter => filter.join())
  /** @type {Filter[]} */
  const all = state.function && !steps.includes('focus,' + state.function) ? [...filters, ['focus', state.function]] : filters
  return [panes[spot?.pane || 0].query, ...all.map(([verb, id]) => `${verb} ${quoted(head.names[id])}`)].join(' | ')
}
