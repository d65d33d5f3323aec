// Mouse and keyboard: pointing at boxes, choosing, zooming and copying.

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
  if (node >= 0) forVisible(layer, (i, x, w) => {
    if (i == node) style.cssText = `left:${x}px;top:${topOf(layer, i)}px;width:${w}px`
  })
}

/**
 * Outlines a box in all panes, with a tooltip beside the mouse.
 * @param {Spot?} spot
 * @param {MouseEvent} [mouse]
 */
function point(spot, mouse) {
  const {tip, menu} = page, isShown = spot && mouse && menu.hidden
  for (const layer of allLayers()) outline(layer, spot)
  tip.hidden = !isShown
  if (!isShown) return
  tip.textContent = facts(spot).join('\n')
  place(tip, mouse)
}

/**
 * Places an element beside the mouse, inside of the page.
 * @param {HTMLElement} box
 * @param {MouseEvent} mouse
 */
function place(box, mouse) {
  const {left, top, width, height} = root.getBoundingClientRect(), x = mouse.clientX - left, y = mouse.clientY - top
  const {offsetWidth, offsetHeight} = box, below = y + 14
  box.style.left = max(0, min(x + 14, width - offsetWidth)) + 'px'
  box.style.top = (below + offsetHeight < height ? below : max(0, y - offsetHeight - 6)) + 'px'
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
  const {delta, word: growth} = change(pane, pane.scales, before, after)
  return `${word} ${part(before, {...pane, ...pane.diff})} → ${text}, ${changeInMode(pane, delta)}${growth && ', ' + growth}`
}

/**
 * What a tooltip says of a box, line by line; the name first.
 * @param {Spot} spot
 */
function facts(spot) {
  const {i} = spot, layer = layerOf(spot), {pane, tree, zoom} = layer, {names, total, parent} = tree, id = names[i], kept = pane.tree.total[0]
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
      const node = nodeOf(other, spot)
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
 * The change of a function's total with half of its interval, if that is known.
 * @param {Pane} pane
 * @param {number} id
 */
function errorFact(pane, id) {
  const error = margin(pane, id), {sums} = pane
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
 * Chooses a box. In a sandwich it is only described, until Enter puts its function into the middle.
 * @param {Layer} layer
 * @param {number} i
 */
function select(layer, i) {
  const spot = spotOf(layer, i)
  if (state.view == 'sandwich') {
    state.spot = spot
    update()
  } else choose(layer.tree.names[i], spot)
  reveal(layer.box, topOf(layer, i))
}

/**
 * Zooms to a box, in all panes; in a sandwich its function comes into the middle.
 * @param {Layer} layer
 * @param {number} i
 */
function zoomTo(layer, i) {
  const id = layer.tree.names[i]
  if (state.view != 'sandwich') {
    state.zoom = i ? spotOf(layer, i) : null
    select(layer, i)
  } else if (isFunction(id)) choose(id)
}

/**
 * What a key does, and the button whose value is that key.
 * @type {Record<string, () => void>}
 */
const ACTIONS = {
  Escape() {
    const {search, spot, zoom, filters, view} = state, isChosen = state.function && (view != 'sandwich' || state.function != state.focus[0])
    if (!search && !spot && !zoom && !isChosen && filters[0]) return setFilters([])
    state.search = page.search.value = ''
    state.spot = state.zoom = null
    state.function = 0
    runSearch()
  },
  s: () => set('view', 'sandwich'),
  i() {
    if (state.view == 'sandwich') return
    state.spot = state.zoom = null
    set('inverted', !state.inverted)
  },
  f: () => addFilter('focus'),
  h: () => addFilter('hide'),
  c() {
    if (state.function) copy(head.names[state.function])
  },
  q: () => copy(query()),
  '?'() {
    page.keys.hidden = !page.keys.hidden
  }
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
    point(i < 0 ? null : spotOf(layer, i), mouse)
  }
  canvas.onmouseleave = () => point(state.spot)
  canvas.oncontextmenu = mouse => {
    const i = nodeUnder(mouse)
    if (i >= 0) choose(layer.tree.names[i], spotOf(layer, i))
  }
  canvas.onclick = mouse => {
    const i = nodeUnder(mouse)
    if (i >= 0) zoomTo(layer, i)
  }
  // The event comes a frame later, when the graph may have been let go.
  box.onscroll = () => { if (panes[0]) drawVisible(layer) }
  box.onkeydown = ({key}) => walk(layer, key)
}

/**
 * Moves the selection with the arrow keys; Enter zooms.
 * @param {Layer} layer
 * @param {string} key
 */
function walk(layer, key) {
  const {isUp, tree} = layer, {parent, end} = tree, {spot} = state
  const i = spot && layerOf(spot) == layer ? spot.i : layer.zoom, above = parent[i]
  if (key == 'Enter') zoomTo(layer, i)
  if (key == (isUp ? 'ArrowDown' : 'ArrowUp')) select(layer, max(0, above))
  if (key == (isUp ? 'ArrowUp' : 'ArrowDown')) select(layer, min(i + 1, end[i] - 1))
  if (key == 'ArrowRight') select(layer, end[i] < end[above] ? end[i] : i)
  if (key == 'ArrowLeft') select(layer, max(findChild(tree, above, c => end[c] == i), i && above + 1))
}

/**
 * Opens the menu for the function under the mouse, or for the chosen one by the keyboard.
 * @param {any} event
 */
function openMenu(event) {
  const {menu, tip} = page, row = event.target.closest('[name=function]')
  if (row) choose(+row.value)
  if (!state.function || event.target.closest('input')) return
  event.preventDefault()
  menu.hidden = false
  tip.hidden = true
  menu.onmousedown = (/** @type {Event} */ mouse) => mouse.preventDefault()
  menu.onfocusout = (/** @type {FocusEvent} */ {relatedTarget}) => menu.hidden = !menu.contains(relatedTarget)
  place(menu, event)
  menu.firstChild.focus({preventScroll: true})
}
