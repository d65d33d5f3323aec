// The page around the graphs: toolbar, legend, panes, the line that reads the
// chosen box. It lives in a shadow root: the front end's rules do not reach in and
// these do not reach out; its colours come in as variables. What does not change is
// in viewer.html.

/**
 * A pane and what is drawn of it. `by`: the scales of the mode; `sums`: those of its functions.
 * @typedef {PaneHeader & {tree: Tree, by: number[], sums: Values[], layers: Layer[], cell: HTMLElement}} Pane
 */

/**
 * An element.
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Record<string, any> | ''} props
 * @param {(Node | string)[]} kids
 * @returns {HTMLElementTagNameMap[T]}
 */
function el(tag, props = '', ...kids) {
  const made = document.createElement(tag)
  made.append(...kids)
  return Object.assign(made, props)
}

/**
 * Looks at something else.
 * @param {string} name
 * @param {any} value
 */
function set(name, value) {
  look[name] = value
  refresh()
}

/**
 * What every button does.
 * @param {{target: any}} event
 */
function press({target}) {
  const {name, value} = target.closest('button') || {}
  if (name == 'save') save(value)
  else if (name == 'name') mark(+value)
  else if (name) set(name, value)
  else ACTS[value]?.()
  // What was pressed may be gone, and the keys are for the one that has the focus.
  shade.activeElement || root.focus()
}

/** The whole page: markup of the kernel's own, which names of profiles are put into as texts. */
function build() {
  const [{diff}] = panes
  shade.innerHTML = head.page
  ;[search, found, legend, graphs, table, body, read, tip, blank] = shade.querySelectorAll('[id]')
  graphs.append(...panes.map(({cell}) => cell))
  if (diff) {
    root.dataset.rate = diff.seconds[0] * diff.seconds[1] > 0
    legend.textContent = diff.legend
  }
  search.oninput = seek
  shade.addEventListener('click', press)
  // JupyterLab listens before the page does.
  root.dataset.lmSuppressShortcuts = true
  /** @param {KeyboardEvent} event */
  root.onkeydown = event => {
    const {key} = event
    event.stopPropagation()
    if (event.ctrlKey || event.metaKey || shade.activeElement == search && key != 'Escape') return
    if (/^Arrow|\//.test(key)) event.preventDefault()
    if (key == '/') search.focus()
    // Tab stops once in the rows of the table; the arrows go on.
    /** @type {any} */
    const row = shade.activeElement
    if (row?.name == 'name') row[{ArrowDown: 'nextElementSibling', ArrowUp: 'previousElementSibling'}[key] || '']?.focus()
    ACTS[key]?.()
  }
  new ResizeObserver(redraw).observe(graphs)
  new MutationObserver(redraw).observe(document.body, {attributes: true})
  matchMedia('(prefers-color-scheme:dark)').onchange = redraw
}

/**
 * The facts of a pane, and room for its layers.
 * @param {PaneHeader} pane
 */
function cellOf(pane) {
  const {title, query, window, notes, whole, timeline} = pane, texts = [title, query, window, 'total ' + amount(whole, pane), ...notes]
  const bar = el('div', {className: 'bar'}, ...texts.map(text => el('span', '', clean(text))))
  if (timeline) {
    /** @type {any[]} */
    const values = timeline.values, top = max(...values)
    const points = values.map((v, k) => `${100 * k / (values.length - 1)}% ${100 - 100 * v / top}%`)
    bar.append(el('i', {style: `clip-path:polygon(0 100%,${points},100% 100%)`}))
  }
  return el('div', '', bar)
}

/**
 * Makes the layers that the view asks for; where the root is the same, the zoom stays.
 * @param {Pane} pane
 */
function arrange(pane) {
  const {tree, cell, sums} = pane, {focus} = look, isSandwich = look.view == 'sandwich', weigh = weighing(look.width, pane.by = scales(pane, look.mode))
  lay(tree, weigh)
  pane.layers = (isSandwich ? [true, false] : [look.view == 'flame']).map((up, k) => {
    const half = isSandwich ? sandwich(tree, focus, up, texts.length - 1) : tree, old = pane.layers[k]
    if (isSandwich) lay(half, weigh)
    const box = blank.content.firstChild.cloneNode(true), [pad] = box.children, [canvas, mark] = pad.children
    const layer = {pane, tree: half, up, zoom: old?.tree.names[0] == half.names[0] ? max(0, follow(half, pathOf(old.tree, old.zoom))) : 0, rows: 1, box, pad, canvas, mark}
    listen(layer)
    return layer
  })
  cell.replaceChildren(cell.children[0], ...pane.layers.flatMap(({box, up, tree: {total, wasTotal}}) => [isSandwich && !up ? el('b', '',
    [focus[1] ? focus.length + ' functions' : texts[focus[0]], figure('total', pane, wasTotal[0], total[0]), figure('self', pane, sumOf(sums[2], focus), sumOf(sums[0], focus))].join(' · ')) : '', box]))
}

/** Draws all graphs again, as they are. */
const redraw = () => layers().forEach(draw)

let drawn = ''
/** Brings everything to what is now looked at. */
function refresh() {
  const wanted = [look.view, look.mode, look.width, look.focus].join()
  if (wanted != drawn) {
    look.spot = null
    panes.forEach(arrange)
  }
  drawn = wanted
  root.dataset.show = look.show
  if (look.show != 'graph') body.replaceChildren(...rows())
  update()
}

/** Brings to what is now chosen all that is quick. */
function update() {
  read.textContent = look.spot ? facts(look.spot).join(' · ') : look.name ? texts[look.name] : ''
  for (const button of shade.querySelectorAll('button')) {
    const {name, value} = button, isOn = look[name] == value
    button.ariaPressed = '' + isOn
    if (isOn && name == 'name') reveal(table, button.offsetTop)
  }
  redraw()
}
