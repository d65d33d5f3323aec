// The page around the graphs: toolbar, legend, panes, and the line that describes the selected box.
//
// It lives in a shadow root, so that its style and the front end's leave each other alone; the
// front end's colours arrive as variables. `viewer.html` has the parts that are always the same.

/**
 * A pane and its graphs. `base` is its tree as it came, `tree` what the filters leave of it;
 * `scales` are those of the mode, and `sums` are of the functions of `tree`.
 * @typedef {PaneHeader & {index: number, base: Tree, tree: Tree, scales: number[], sums: FunctionSums, layers: Layer[], cell: HTMLElement}} Pane
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
  // A sandwich has other boxes.
  if (name == 'view' && (value == 'sandwich') != (state.view == 'sandwich')) state.spot = state.zoom = null
  state[name] = value
  refresh()
}

/**
 * What every button does.
 * @param {{target: any}} event
 */
function press({target}) {
  const {name, value} = target.closest('button') || {}
  page.menu.hidden = true
  if (name == 'save') save(value)
  else if (name == 'function') choose(+value)
  else if (name == 'filter') setFilters(state.filters.filter((_, k) => k != value))
  else if (name) set(name, value)
  else ACTIONS[value]?.()
  // The button may be gone, and keys only work while something here has the focus.
  shadow.activeElement || root.focus({preventScroll: true})
}

/** Builds the page. Its markup is the kernel's own; names of profiles are only set as text. */
function build() {
  const [{diff}] = panes
  shadow.innerHTML = head.page
  root.style.minHeight = ''
  for (const part of shadow.querySelectorAll('[id]')) page[part.id] = part
  page.graphs.append(...panes.map(({cell}) => cell))
  if (diff) root.dataset.rate = diff.seconds[0] * diff.seconds[1] > 0
  page.search.value = state.search
  page.search.oninput = () => {
    state.search = page.search.value
    runSearch()
  }
  shadow.addEventListener('click', press)
  shadow.addEventListener('contextmenu', openMenu)
  // JupyterLab handles its shortcuts before the page sees a key.
  root.dataset.lmSuppressShortcuts = true
  root.onkeydown = pressKey
  resized = follow()
}

/** @param {KeyboardEvent} event */
function pressKey(event) {
  const {key} = event, {search, menu} = page
  event.stopPropagation()
  if (event.ctrlKey || event.metaKey || event.altKey) return
  if (shadow.activeElement == search) {
    if (key == 'Enter') nextMatch()
    if (key != 'Escape') return
    root.focus({preventScroll: true})
  }
  if (/^Arrow|\//.test(key)) event.preventDefault()
  if (key == '/') search.focus()
  if (key == 'Escape' && !menu.hidden) menu.hidden = true
  else if (!walkRows(key)) ACTIONS[key]?.()
}

/**
 * Tab stops once in the rows of the table, and in the menu; the arrow keys move between them.
 * @param {string} key
 */
function walkRows(key) {
  /** @type {any} */
  const button = shadow.activeElement
  const next = button?.matches('[name=function], [role=menuitem]') && button[{ArrowDown: 'nextElementSibling', ArrowUp: 'previousElementSibling'}[key] || '']
  next?.focus?.()
  if (next?.name == 'function') choose(+next.value)
  return !!next
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
 * Makes the layers of the view.
 * @param {Pane} pane
 */
function arrange(pane) {
  const {tree, cell, layers: old} = pane, isSandwich = state.view == 'sandwich', scales = pane.scales = scalesOf(pane, state.mode)
  const widthOf = widths(state.width, scales)
  layOut(tree, widthOf)
  for (const {box} of old) resized.unobserve(box)
  pane.layers = (isSandwich ? [true, false] : [state.view == 'flame']).map((isUp, half) => {
    const shown = treeToShow(tree, isUp, widthOf)
    if (shown != tree) layOut(shown, widthOf)
    const box = page.blank.content.firstChild.cloneNode(true), [pad] = box.children, [canvas, mark] = pad.children
    const layer = {pane, half, tree: shown, isUp, width: old[0]?.width || 0, zoom: 0, rows: 1, box, pad, canvas, mark}
    listen(layer)
    resized.observe(box)
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
  if (state.view == 'sandwich') return (isUp ? sandwichCallers : sandwichCallees)(tree, focusIds(), other)
  return isInverted() ? invert(tree, widthOf, other) : tree
}

/**
 * The line between the halves of a sandwich.
 * @param {Pane} pane
 */
function sandwichTitle(pane) {
  const focus = focusIds(), {sums, layers: [{tree}]} = pane
  return element('b', '', [
    focus[1] ? focus.length + ' functions' : texts[focus[0]],
    figure('total', pane, tree.totalBefore[0], tree.total[0]),
    figure('self', pane, sumOf(sums.ownBefore, focus), sumOf(sums.own, focus))
  ].join(' · '))
}

/** What the graphs and the table were made for. */
let drawn = '', listed = ''
/** @type {ResizeObserver} */
let resized

/** Whether graph, table or both are shown: both where there is room for them beside each other. */
const shown = () => state.show || (rootWidth < 580 + 420 * panes.length ? 'graph' : 'both')

/** Shows the state, whatever of it has changed. */
function refresh() {
  const {view, mode, width, inverted, only, sort, search, filters} = state, isSandwich = view == 'sandwich'
  if (isSandwich && !state.function && !state.focus[1]) state.function = state.focus[0]
  const trees = [mode, filters].join(), wanted = [trees, view, width, isSandwich ? focusIds() : inverted].join()
  if (wanted != drawn) arrangeAll()
  drawn = wanted
  root.dataset.show = shown()
  page.legend.textContent = legend(panes[0])
  const rowsWanted = [trees, only, sort, search].join()
  if (shown() != 'graph' && (rowsWanted != listed || !rowOf(state.function))) {
    page.body.style.setProperty('--n', columns().length)
    page.body.replaceChildren(...rows())
    if (rowsWanted != listed) page.table.scrollTop = 0
    listed = rowsWanted
  }
  update()
}

/** Makes all graphs again. */
function arrangeAll() {
  // A graph that is replaced would lose the focus, and with it the keys.
  const focused = allLayers().findIndex(({box}) => box == shadow.activeElement)
  panes.forEach(arrange)
  if (focused >= 0) (allLayers()[focused]?.box || root).focus({preventScroll: true})
}

/**
 * What the colours of a diff mean. Standard errors are of total values of all stacks. An inverted
 * tree shows self values, and filters leave some stacks: there is nothing marked then.
 * @param {Pane} pane
 */
function legend({diff}) {
  if (!diff) return ''
  const place = isInverted() ? 'an inverted' : state.filters[0] && 'a filtered'
  return diff.legend + (place && diff.noise?.[state.mode] ? ` (not marked in ${place} graph)` : '')
}

/** Shows what is chosen, which is quick. */
function update() {
  placeSpots()
  const {spot, view, filters} = state, id = state.function
  page.read.textContent = spot ? facts(spot).join(' · ') : id ? functionFacts(id).join(' · ') : ''
  page.filters.replaceChildren(...filters.map(([verb, name], k) => element('button', {name: 'filter', value: k, title: 'Show these stacks again'}, `${verb} ${texts[name]} ✕`)))
  for (const button of shadow.querySelectorAll('button')) {
    const {name, value} = button, isOn = button == page.invert ? isInverted() : name == 'show' ? shown() == value : state[name] == value
    button.ariaPressed = '' + isOn
    button.disabled = !id && /^[cfh]$/.test(value) && !name
  }
  page.invert.disabled = view == 'sandwich'
  redraw()
  const row = rowOf(id)
  if (row) reveal(page.table, row.offsetTop)
}
