// Mouse and keyboard: pointing at boxes, selecting, zooming and copying.
//
// The other panes of a comparison follow a box by the names on its path.

/**
 * A box: a node of a layer.
 * @typedef {{layer: Layer, i: number}} Spot
 */

/**
 * The node of a layer with the same path as a box; -1 for none.
 * @param {Layer} layer
 * @param {Spot?} spot
 */
function nodeOf(layer, spot) {
  if (!spot || layer.isUp != spot.layer.isUp) return -1
  return layer == spot.layer ? spot.i : nodeAtPath(layer.tree, pathOf(spot.layer.tree, spot.i))
}

/** The layers of all panes. */
const allLayers = () => panes.flatMap(({layers}) => layers)

/**
 * Outlines a box in a layer.
 * @param {Layer} layer
 * @param {Spot?} spot
 */
function outline(layer, spot) {
  const {mark: {style}} = layer, node = nodeOf(layer, spot)
  style.display = 'none'
  forVisible(layer, (i, x, w) => {
    if (i == node) style.cssText = `left:${x}px;top:${topOf(layer, i)}px;width:${w}px`
  })
}

/**
 * Outlines a box in all panes, with a tooltip beside the mouse.
 * @param {Spot?} spot
 * @param {MouseEvent} [mouse]
 */
function point(spot, mouse) {
  const {tip} = page
  for (const layer of allLayers()) outline(layer, spot)
  tip.hidden = !spot || !mouse
  if (!spot || !mouse) return
  const {left, top, width, height} = root.getBoundingClientRect(), x = mouse.clientX - left, y = mouse.clientY - top
  tip.textContent = facts(spot).join('\n')
  const below = y + 14, above = y - tip.offsetHeight - 6
  tip.style.left = max(0, min(x + 14, width - tip.offsetWidth)) + 'px'
  tip.style.top = (below + tip.offsetHeight < height ? below : max(0, above)) + 'px'
}

/**
 * An amount and its share of the whole.
 * @param {number} value
 * @param {Unit & {whole: number}} unit
 */
const part = (value, unit) => `${amount(value, unit)}  ${percent(value, unit.whole)}`

/**
 * A value of a pane; in a diff both sides and the change.
 * @param {string} word
 * @param {Pane} pane
 * @param {number} before
 * @param {number} after
 */
function figure(word, pane, before, after) {
  const text = part(after, pane)
  if (!pane.diff) return `${word} ${text}`
  const {delta, word: growth} = change(pane.scales, before, after)
  return `${word} ${part(before, {...pane, ...pane.diff})} → ${text}, ${changeInMode(pane, delta)}${growth && ', ' + growth}`
}

/**
 * What a tooltip says of a box, line by line; the name first.
 * @param {Spot} spot
 */
function facts({layer, i}) {
  const {pane, tree, zoom} = layer, {names, total, parent} = tree, id = names[i], kept = pane.tree.total[0]
  /**
   * @param {number} whole
   * @param {string} what
   */
  const ratio = (whole, what) => `${percent(total[i], whole)} of ${what}`
  return [
    clean(head.names[id], 4000), clean(head.files[head.file[id]] || ''), ...figures(layer, i), errorFact(pane, id),
    kept != pane.whole && ratio(kept, 'what the filters kept'),
    zoom && ratio(total[zoom], 'the zoomed box'),
    i && ratio(total[parent[i]], 'the parent'),
    ...allLayers().map(other => {
      const node = nodeOf(other, {layer, i})
      return other != layer && node >= 0 && `${clean(other.pane.title)}: ${part(other.tree.total[node], other.pane)}`
    })
  ].filter(line => line)
}

/**
 * The values of a box. In an inverted tree all of them are self values of the function that its
 * stacks start at.
 * @param {Layer} layer
 * @param {number} i
 */
function figures({pane, tree}, i) {
  const {own, total, ownBefore, totalBefore} = tree, [leaf, caller] = pathOf(tree, i)
  if (!isInverted() || !i) return [figure('total', pane, totalBefore[i], total[i]), figure('self', pane, ownBefore[i], own[i])]
  return [figure(caller ? `self of ${withoutPath(texts[leaf])} called from here` : 'self', pane, totalBefore[i], total[i])]
}

/**
 * The change of a function's total with its standard error, if that is known.
 * @param {Pane} pane
 * @param {number} id
 */
function errorFact(pane, id) {
  const error = standardError(pane, id), {sums} = pane
  if (!error) return ''
  const all = figure('all calls', pane, sums.totalBefore[id], sums.total[id])
  return `${all}, ± ${changeInMode(pane, abs(error), '')}${error < 0 ? ', not significant' : ''}`
}

/**
 * Scrolls so that a height of a box is in view, away from its edges.
 * @param {HTMLElement} box
 * @param {number} y
 */
function reveal(box, y) {
  box.scrollTop = max(y + 48 - box.clientHeight, min(y - 24, box.scrollTop))
}

/**
 * Selects a box: the line below the graph describes it, and the table marks its function.
 * @param {Layer} layer
 * @param {number} i
 */
function select(layer, i) {
  state.selected = {layer, i}
  reveal(layer.box, topOf(layer, i))
  state.function = layer.tree.names[i]
  update()
  // A row beyond the last one shown is added once the graphs are drawn.
  shadow.querySelector(`[name=function][value="${state.function}"]`) || setTimeout(refresh)
}

/**
 * Zooms to a box, in all panes.
 * @param {Layer} layer
 * @param {number} i
 */
function zoomTo(layer, i) {
  for (const other of allLayers()) if (other.isUp == layer.isUp) other.zoom = max(0, nodeOf(other, {layer, i}))
  select(layer, i)
}

/**
 * What a key does, and the button whose value is that key.
 * @type {Record<string, () => void>}
 */
const ACTIONS = {
  Escape() {
    for (const layer of allLayers()) layer.zoom = 0
    state.selected = null
    state.function = 0
    page.search.value = ''
    runSearch()
  },
  s() {
    if (state.function) state.focus = [state.function]
    set('view', 'sandwich')
  },
  i() {
    if (state.view != 'sandwich') set('inverted', !state.inverted)
  },
  c: () => copy(head.names[state.function]),
  q: () => copy(`${(state.selected?.layer.pane || panes[0]).query} | focus ${quoted(head.names[state.function])}`)
}

/** Whether the graphs show the tree from its leaves. */
const isInverted = () => state.inverted && state.view != 'sandwich'

/**
 * A text as a string of the query language.
 * @param {string} text
 */
const quoted = text => '"' + text.replace(/["\\]/g, '\\$&')
  .replace(/\p{Cc}/gu, c => '\\x' + c.charCodeAt(0).toString(16).padStart(2, '0')) + '"'

/**
 * Copies a text, on pages without https too, where `navigator.clipboard` is missing.
 * @param {string} text
 */
function copy(text) {
  const area = element('textarea', {value: text})
  shadow.append(area)
  area.select()
  document.execCommand('copy')
  area.remove()
  root.focus()
}

/** @param {Layer} layer */
function listen(layer) {
  const {box, canvas} = layer
  /** @param {MouseEvent} mouse */
  const nodeUnder = ({offsetX, offsetY}) => nodeAt(layer, offsetX, offsetY + box.scrollTop)
  canvas.onmousemove = mouse => {
    const i = nodeUnder(mouse)
    point(i < 0 ? null : {layer, i}, mouse)
  }
  canvas.onmouseleave = () => point(state.selected)
  canvas.onclick = mouse => {
    const i = nodeUnder(mouse)
    if (i >= 0) zoomTo(layer, i)
  }
  box.onscroll = () => draw(layer)
  box.onkeydown = ({key}) => walk(layer, key)
}

/**
 * Moves the selection with the arrow keys; Enter zooms.
 * @param {Layer} layer
 * @param {string} key
 */
function walk(layer, key) {
  const {isUp, tree} = layer, {parent, end} = tree, {selected} = state
  const i = selected?.layer == layer ? selected.i : layer.zoom, above = parent[i]
  if (key == 'Enter') zoomTo(layer, i)
  if (key == (isUp ? 'ArrowDown' : 'ArrowUp')) select(layer, max(0, above))
  if (key == (isUp ? 'ArrowUp' : 'ArrowDown')) select(layer, min(i + 1, end[i] - 1))
  if (key == 'ArrowRight') select(layer, end[i] < end[above] ? end[i] : i)
  if (key == 'ArrowLeft') select(layer, max(findChild(tree, above, c => end[c] == i), i && above + 1))
}
