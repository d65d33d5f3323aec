// The page around the graphs: toolbar, legend, panes, and the line that describes the selected box.
//
// It lives in a shadow root, so that its style and the front end's leave each other alone; the
// front end's colours arrive as variables. `viewer.html` has the parts that are always the same.

/**
 * A pane and its graphs. `scales` are those of the mode, and `sums` are of its functions.
 * @typedef {PaneHeader & {tree: Tree, scales: number[], sums: FunctionSums, layers: Layer[], cell: HTMLElement}} Pane
 */

/**
 * Makes an element.
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Record<string, any> | ''} props
 * @param {(Node | string)[]} children
 * @returns {HTMLElementTagNameMap[T]}
 */
function element(tag, props = '', ...children) {
  const made = document.createElement(tag)
  made.append(...children)
  return Object.assign(made, props)
}

/**
 * Changes what is shown.
 * @param {string} name
 * @param {any} value
 */
function set(name, value) {
  state[name] = value
  refresh()
}

/**
 * What every button does.
 * @param {{target: any}} event
 */
function press({target}) {
  const {name, value} = target.closest('button') || {}
  if (name == 'save') save(value)
  else if (name == 'function') highlight(+value)
  else if (name) set(name, value)
  else ACTIONS[value]?.()
  // The button may be gone, and keys only work while something here has the focus.
  shadow.activeElement || root.focus()
}

/** Builds the page. Its markup is the kernel's own; names of profiles are only set as text. */
function build() {
  const [{diff}] = panes
  shadow.innerHTML = head.page
  for (const part of shadow.querySelectorAll('[id]')) page[part.id] = part
  page.graphs.append(...panes.map(({cell}) => cell))
  if (diff) root.dataset.rate = diff.seconds[0] * diff.seconds[1] > 0
  page.search.oninput = runSearch
  shadow.addEventListener('click', press)
  // JupyterLab handles its shortcuts before the page sees a key.
  root.dataset.lmSuppressShortcuts = true
  root.onkeydown = pressKey
  new ResizeObserver(redraw).observe(page.graphs)
  new MutationObserver(redraw).observe(document.body, {attributes: true})
  matchMedia('(prefers-color-scheme:dark)').onchange = redraw
}

/** @param {KeyboardEvent} event */
function pressKey(event) {
  const {key} = event, {search} = page
  event.stopPropagation()
  if (event.ctrlKey || event.metaKey || shadow.activeElement == search && key != 'Escape') return
  if (/^Arrow|\//.test(key)) event.preventDefault()
  if (key == '/') search.focus()
  // Tab stops once in the rows of the table, and the arrow keys move between them.
  /** @type {any} */
  const row = shadow.activeElement
  if (row?.name == 'function') row[{ArrowDown: 'nextElementSibling', ArrowUp: 'previousElementSibling'}[key] || '']?.focus()
  ACTIONS[key]?.()
}

/**
 * The cell of a pane: a bar with what the header says, and its timeline as a small picture.
 * @param {PaneHeader} pane
 */
function cellOf(pane) {
  const {title, query, window, notes, whole, timeline} = pane, lines = [title, query, window, 'total ' + amount(whole, pane), ...notes]
  const bar = element('div', {className: 'bar'}, ...lines.map(text => element('span', '', clean(text))))
  if (timeline) {
    /** @type {any[]} */
    const values = timeline.values, top = max(...values)
    const points = values.map((v, k) => `${100 * k / (values.length - 1)}% ${100 - 100 * v / top}%`)
    bar.append(element('i', {style: `clip-path:polygon(0 100%,${points},100% 100%)`}))
  }
  return element('div', '', bar)
}

/**
 * Makes the layers of the view. A zoom stays where the same stacks are drawn again.
 * @param {Pane} pane
 */
function arrange(pane) {
  const {tree, cell} = pane, isSandwich = state.view == 'sandwich', scales = pane.scales = scalesOf(pane, state.mode)
  const widthOf = widths(state.width, scales), content = isSandwich ? `sandwich ${state.focus}` : isInverted() ? 'leaves' : 'root'
  layOut(tree, widthOf)
  pane.layers = (isSandwich ? [true, false] : [state.view == 'flame']).map((isUp, k) => {
    const shown = treeToShow(tree, isUp, widthOf), old = pane.layers[k]
    if (shown != tree) layOut(shown, widthOf)
    const zoom = old?.content == content ? max(0, nodeAtPath(shown, pathOf(old.tree, old.zoom))) : 0
    const box = page.blank.content.firstChild.cloneNode(true), [pad] = box.children, [canvas, mark] = pad.children
    const layer = {pane, tree: shown, isUp, content, zoom, rows: 1, box, pad, canvas, mark}
    listen(layer)
    return layer
  })
  const boxes = pane.layers.map(({box}) => box)
  if (isSandwich) boxes.splice(1, 0, sandwichTitle(pane))
  cell.replaceChildren(cell.children[0], ...boxes)
}

/**
 * The tree that a layer of the view draws.
 * @param {Tree} tree laid out
 * @param {boolean} isUp
 * @param {(after: number, before: number) => number} widthOf
 */
function treeToShow(tree, isUp, widthOf) {
  const other = texts.length - 1
  if (state.view == 'sandwich') return (isUp ? sandwichCallers : sandwichCallees)(tree, state.focus, other)
  return isInverted() ? invert(tree, widthOf, other) : tree
}

/**
 * The line between the halves of a sandwich.
 * @param {Pane} pane
 */
function sandwichTitle(pane) {
  const {focus} = state, {sums, layers: [{tree}]} = pane
  return element('b', '', [
    focus[1] ? focus.length + ' functions' : texts[focus[0]],
    figure('total', pane, tree.totalBefore[0], tree.total[0]),
    figure('self', pane, sumOf(sums.ownBefore, focus), sumOf(sums.own, focus))
  ].join(' · '))
}

/** Draws all graphs again, as they are. */
const redraw = () => allLayers().forEach(draw)

let drawn = ''
/** Shows the state, whatever of it has changed. */
function refresh() {
  const {view, mode, width, focus, inverted, show} = state, wanted = [view, mode, width, focus, inverted].join()
  if (wanted != drawn) {
    // A graph that is replaced would lose the focus, and with it the keys.
    const focused = allLayers().findIndex(({box}) => box == shadow.activeElement)
    state.selected = null
    panes.forEach(arrange)
    if (focused >= 0) (allLayers()[focused]?.box || root).focus({preventScroll: true})
  }
  drawn = wanted
  root.dataset.show = show
  page.legend.textContent = legend(panes[0])
  if (show != 'graph') page.body.replaceChildren(...rows())
  update()
}

/**
 * What the colours of a diff mean. Standard errors are of total values, and an inverted tree shows
 * self values, so it does not mark changes that are not significant.
 * @param {Pane} pane
 */
function legend({diff}) {
  if (!diff) return ''
  return diff.legend + (isInverted() && diff.noise?.[state.mode] ? ' (not marked in an inverted graph)' : '')
}

/** Shows what is selected, which is quick. */
function update() {
  const {selected, view} = state
  page.read.textContent = selected ? facts(selected).join(' · ') : state.function ? texts[state.function] : ''
  for (const button of shadow.querySelectorAll('button')) {
    const {name, value} = button, isOn = button == page.invert ? isInverted() : state[name] == value
    button.ariaPressed = '' + isOn
    if (isOn && name == 'function') reveal(page.table, button.offsetTop)
  }
  page.invert.disabled = view == 'sandwich'
  redraw()
}
