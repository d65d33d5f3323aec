// The page around the graphs: toolbar, legend, panes, the line that reads the
// chosen box. It lives in a shadow root: the front end's rules do not reach in and
// these do not reach out; its colours come in as variables.
//
// A button's name is what of `look` it sets, and its value to what.

/**
 * A pane and what is drawn of it. `by`: the scales of the mode; `sums`: those of its functions.
 * @typedef {PaneHeader & {tree: Tree, by: number[], sums: Values[], layers: Layer[], cell: HTMLElement}} Pane
 */

/**
 * An element; a text for its properties is its class.
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Record<string, any> | string} props
 * @param {(Node | string)[]} kids
 * @returns {HTMLElementTagNameMap[T]}
 */
function el(tag, props = '', ...kids) {
  const made = document.createElement(tag)
  made.append(...kids)
  return Object.assign(made, typeof props == 'string' ? {className: props} : props)
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
 * @param {string} name
 * @param {string[]} choices
 */
function group(name, choices) {
  return el('span', '', el('i', '', name + ' '), ...choices.map(value => el('button', {name, value, onclick: press}, value)))
}

/**
 * What every button does.
 * @param {{currentTarget: any}} event
 */
function press({currentTarget: {name, value}}) {
  if (name == 'save') save(value)
  else if (name == 'name') mark(+value)
  else if (name) set(name, value)
  else ACTS[value]()
  // What was pressed may be gone, and the keys are for the one that has the focus.
  shade.activeElement || root.focus()
}

/** The whole page. */
function build() {
  const [pane] = panes, {diff, tree: {total, wasTotal}} = pane
  const bar = el('div', 'bar', search, found, group('view', ['flame', 'icicle', 'sandwich']), group('show', ['graph', 'both', 'table']),
    group('save', Object.keys(FILES)))
  graphs.append(...panes.map(({cell}) => cell))
  if (diff) table.prepend(group('only', ['all', 'changed', 'new', 'removed']))
  if (diff) bar.append(group('mode', ['share', 'amount', 'rate']), group('width', ['both', 'before', 'after', 'delta']), el('span', 'legend', '− shrank', el('i'),
    `+ grew, full at ±100%; before: ${clean(diff.titles[0])} ${amount(wasTotal[0], pane)} · after: ${clean(diff.titles[1])} ${amount(total[0], pane)}`))
  shade.append(el('style', '', head.rules), bar, el('div', 'main', graphs, table), el('div', 'bar', read, group('', Object.keys(ACTS))), tip)
  search.oninput = seek
  // JupyterLab listens before the page does.
  root.dataset.lmSuppressShortcuts = true
  root.tabIndex = -1
  /** @param {KeyboardEvent} event */
  root.onkeydown = event => {
    const {key} = event
    event.stopPropagation()
    if (event.ctrlKey || event.metaKey || shade.activeElement == search && key != 'Escape') return
    if (/^Arrow|^\/$/.test(key)) event.preventDefault()
    if (key == '/') search.focus()
    for (const act in ACTS) if (act.includes(`(${key.slice(0, 3)})`)) ACTS[act]()
  }
  new ResizeObserver(redraw).observe(graphs)
  new MutationObserver(redraw).observe(document.body, {attributes: true})
}

/**
 * The facts of a pane, and room for its layers.
 * @param {PaneHeader} pane
 */
function cellOf(pane) {
  const {title, query, window, notes, whole, timeline} = pane, texts = [title, query, window, 'total ' + amount(whole, pane), ...notes]
  const bar = el('div', 'bar', ...texts.map(text => el('span', '', clean(text))))
  if (timeline) {
    /** @type {any[]} */
    const values = timeline.values, top = max(...values)
    const points = values.map((v, k) => `${100 * k / (values.length - 1)}% ${100 - 100 * v / top}%`)
    bar.append(el('i', {style: `clip-path:polygon(0 100%,${points},100% 100%)`}))
  }
  return el('div', '', bar)
}

/**
 * Makes the layers that the view asks for.
 * @param {Pane} pane
 */
function arrange(pane) {
  const {tree, cell} = pane, isSandwich = look.view == 'sandwich', weigh = weighing(look.width, pane.by = scales(pane, look.mode))
  lay(tree, weigh)
  pane.layers = (isSandwich ? [true, false] : [look.view == 'flame']).map(up => {
    const half = isSandwich ? sandwich(tree, look.focus, up, texts.length - 1) : tree
    if (isSandwich) lay(half, weigh)
    const canvas = el('canvas'), mark = el('div', 'mark'), pad = el('div', 'pad', canvas, mark)
    const box = el('div', {className: 'scroll', tabIndex: 0, role: 'application', ariaLabel: 'graph'}, pad)
    const layer = {pane, tree: half, up, zoom: 0, rows: 1, box, pad, canvas, mark}
    listen(layer)
    return layer
  })
  cell.replaceChildren(cell.children[0], ...pane.layers.flatMap(({box, up}) => [isSandwich ? up ? 'callers' : 'callees' : '', box]))
}

/** Draws all graphs again, as they are. */
function redraw() {
  layers().forEach(draw)
}

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
  for (const button of shade.querySelectorAll('button')) button.ariaPressed = '' + (look[button.name] == button.value)
  redraw()
}
