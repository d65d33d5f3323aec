// The page around the graphs: toolbar, legend, panes, the line that reads the
// chosen box. It lives in a shadow root: the front end's rules do not reach in and
// these do not reach out; its colours come in as variables.

/**
 * A pane and what is drawn of it. `by`: the scales of the mode; `sums`: those of its functions.
 * @typedef {PaneHeader & {tree: Tree, by: number[], sums: Values[], layers: Layer[], cell: HTMLElement}} Pane
 */

const RULES = `
:host{--page:var(--jp-layout-color0,var(--vscode-editor-background,Canvas));display:block;position:relative;color-scheme:light dark;color:var(--jp-content-font-color1,var(--vscode-foreground,CanvasText));background:var(--page);font:12px/18px system-ui,sans-serif}
*{box-sizing:border-box;min-width:0}
[hidden]{display:none!important}
.bar,.main{display:flex;flex-wrap:wrap;gap:6px 12px;align-items:center;margin:4px 0}
.main{align-items:start}
span{overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
i{opacity:.7;font-style:normal;padding-right:4px}
button,input{font:inherit;color:inherit;background:#0000;border:1px solid #8886;height:24px;padding:0 7px}
button+button{border-left:0}
button:hover{background:#8883}
[aria-pressed=true]{background:#3d8fd155}
:focus-visible,.mark{outline:2px solid #3d8fd1;outline-offset:-2px}
.panes{flex:3 420px;display:grid;gap:12px;grid-template-columns:repeat(auto-fit,minmax(min(100%,420px),1fr))}
.scroll,.table{overflow:hidden auto;max-height:648px;cursor:pointer}
.table{flex:2 400px}
.pad{position:relative}
canvas{position:sticky;top:0;display:block;width:100%;max-height:100%}
.mark,.tip{position:absolute;pointer-events:none}
.mark{height:17px;outline-color:currentColor}
.tip{z-index:9;max-width:90%;padding:6px 8px;background:var(--page);border:1px solid #8886;white-space:pre-wrap;overflow-wrap:anywhere}
.row{display:grid;width:100%;border:0;border-bottom:1px solid #8883;text-align:right;padding:0;line-height:23px}
.row>*{padding:0 6px;border:0;text-align:inherit}
.row>:first-child{text-align:left}
.heads{position:sticky;top:0;background:var(--page);font-weight:600}
`

/**
 * An element; what it has no property for becomes an attribute.
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {string} className
 * @param {Record<string, any>} props
 * @param {(Node | string)[]} kids
 * @returns {HTMLElementTagNameMap[T]}
 */
function el(tag, className = '', props = {}, ...kids) {
  const made = document.createElement(tag)
  made.append(...kids)
  return Object.assign(made, { className }, props)
}

/**
 * Looks at something else.
 * @param {string} key
 * @param {string | number} value
 */
function set(key, value) {
  Object.assign(look, { [key]: value })
  refresh()
}

/** Called at each refresh. */
/** @type {(() => void)[]} */
const painters = []

/**
 * Buttons for one choice, or for what `act` does.
 * @param {string} label
 * @param {string[]} choices
 * @param {(choice: string) => void} [act]
 */
function group(label, choices, act = choice => set(label, choice)) {
  const buttons = choices.map(choice => el('button', '', { onclick: () => act(choice) }, choice))
  painters.push(() => buttons.forEach((button, k) => button.ariaPressed = '' + Object.entries(look).some(([key, value]) => key == label && value == choices[k])))
  return el('span', '', { role: 'group', ariaLabel: label }, el('i', '', {}, label), ...buttons)
}

/** The whole page. */
function build() {
  const [pane] = panes, { diff, tree: { total, wasTotal } } = pane, body = el('div'), read = el('span', '', { ariaLive: 'polite', style: 'flex:1 9em' })
  const graphs = el('div', 'panes', {}, ...panes.map(({ cell }) => cell)), table = el('div', 'table', {}, body), legend = el('div', 'bar')
  const bar = el('div', 'bar', {}, search, found, group('view', ['flame', 'icicle', 'sandwich']), group('show', ['graph', 'both', 'table']))
  search.oninput = () => {
    found.textContent = seek(search.value)
    refresh()
  }
  if (diff) {
    bar.append(group('mode', ['share', 'amount', ...diff.seconds[0] && diff.seconds[1] ? ['rate'] : []]), group('width', ['both', 'before', 'after', 'delta']))
    table.prepend(group('only', ['all', 'changed', 'new', 'removed']))
    legend.append('− shrank', el('i', '', { style: `width:80px;height:12px;background:linear-gradient(90deg,${[-1, 0, 1].map(tinted)})` }),
      `+ grew, full at ±100% of before · before: ${clean(diff.titles[0])} ${amount(wasTotal[0], pane)} · after: ${clean(diff.titles[1])} ${amount(total[0], pane)}`)
  }
  bar.append(group('save', Object.keys(FILES), save))
  painters.push(() => {
    graphs.hidden = look.show == 'table'
    table.hidden = look.show == 'graph'
    if (!table.hidden) body.replaceChildren(...rows())
    read.textContent = look.spot ? facts(look.spot).join(' · ') : texts[look.name]
  })
  shade.replaceChildren(el('style', '', {}, RULES), bar, legend, el('div', 'main', {}, graphs, table),
    el('div', 'bar', {}, read, group('', Object.keys(ACTS), act => ACTS[act]())), tip)
  root.setAttribute('data-lm-suppress-shortcuts', 'true')
  /** @param {KeyboardEvent} event */
  root.onkeydown = event => {
    const { key } = event
    event.stopPropagation()
    if (event.ctrlKey || event.metaKey || shade.activeElement == search && key != 'Escape') return
    if (/^Arrow|^\/$/.test(key)) event.preventDefault()
    if (key == '/') search.focus()
    for (const act in ACTS) if (act.includes(`(${key.slice(0, 3)})`)) ACTS[act]()
  }
  new ResizeObserver(redraw).observe(graphs)
  for (const node of [document.documentElement, document.body]) new MutationObserver(redraw).observe(node, { attributes: true })
}

/**
 * The facts of a pane, and room for its layers.
 * @param {PaneHeader} pane
 */
function cellOf(pane) {
  const bar = el('div', 'bar'), { title, query, window, notes, whole, timeline } = pane
  for (const text of [title, query, window, `total ${amount(whole, pane)}`, ...notes]) if (text) bar.append(el('span', '', {}, clean(text)))
  if (timeline) {
    const { values } = timeline, top = max(...values.map(Number))
    const points = values.map((v, k) => `${100 * k / (values.length - 1)}% ${100 - 100 * Number(v) / top}%`)
    bar.append(el('i', '', { title: 'over time', style: `width:120px;height:18px;background:#3d8fd1;clip-path:polygon(0 100%,${points},100% 100%)` }))
  }
  return el('div', '', {}, bar, el('div'))
}

/**
 * Makes the layers that the view asks for.
 * @param {Pane} pane
 */
function arrange(pane) {
  const { tree, cell } = pane, { view, width, mode, focus } = look, isSandwich = view == 'sandwich'
  const weigh = weighing(width, pane.by = scales(pane, mode))
  lay(tree, weigh)
  pane.layers = (isSandwich ? [true, false] : [view == 'flame']).map(up => {
    const half = isSandwich ? sandwich(tree, focus, up, texts.length - 1) : tree
    lay(half, weigh)
    const canvas = el('canvas'), mark = el('div', 'mark'), pad = el('div', 'pad', {}, canvas, mark)
    const box = el('div', 'scroll', { tabIndex: 0, role: 'application', ariaLabel: view + ': arrows walk, Enter zooms' }, pad)
    const layer = { pane, tree: half, up, zoom: 0, rows: 1, box, pad, canvas, mark }
    listen(layer)
    return layer
  })
  cell.lastChild?.replaceWith(el('div', '', {}, ...pane.layers.flatMap(({ box, up }) => [isSandwich ? up ? 'callers' : 'callees' : '', box])))
}

/** Draws all graphs again, as they are. */
function redraw() {
  layers().forEach(draw)
}

let drawn = ''
/** Brings everything to what is now looked at. */
function refresh() {
  const { view, mode, width, focus } = look, wanted = [view, mode, width, focus].join()
  if (wanted != drawn) {
    look.spot = null
    panes.forEach(arrange)
  }
  drawn = wanted
  for (const painter of painters) painter()
  redraw()
}
