// Mouse and keyboard: what is pointed at, chosen, zoomed and copied.
//
// A spot is a box of one layer; the other panes of a comparison follow it by the
// names on its path.

/** @typedef {{layer: Layer, i: number}} Spot */

/**
 * Where a spot is in a layer; -1 for nowhere.
 * @param {Layer} layer
 * @param {Spot?} spot
 */
const spotIn = (layer, spot) => !spot || layer.up != spot.layer.up ? -1
  : layer == spot.layer ? spot.i : follow(layer.tree, pathOf(spot.layer.tree, spot.i))

/** The layers of all panes. */
const layers = () => panes.flatMap(({layers}) => layers)

/**
 * Puts the outline around a spot.
 * @param {Layer} layer
 * @param {Spot?} spot
 */
function place(layer, spot) {
  const {mark: {style}} = layer, at = spotIn(layer, spot)
  style.display = 'none'
  visit(layer, (i, x, w) => {
    if (i == at) style.cssText = `left:${x}px;top:${topOf(layer, i)}px;width:${w}px`
  })
}

/**
 * Points at a box, with the tooltip beside the mouse.
 * @param {Spot?} spot
 * @param {MouseEvent} [mouse]
 */
function point(spot, mouse) {
  for (const layer of layers()) place(layer, spot)
  tip.hidden = !spot || !mouse
  if (!spot || !mouse) return
  const {left, top, width, height} = root.getBoundingClientRect(), x = mouse.clientX - left, y = mouse.clientY - top
  tip.textContent = facts(spot).join('\n')
  tip.style.left = max(0, min(x + 14, width - tip.offsetWidth)) + 'px'
  tip.style.top = (y + tip.offsetHeight + 14 < height ? y + 14 : max(0, y - tip.offsetHeight - 6)) + 'px'
}

/**
 * An amount and its part of the whole.
 * @param {number} value
 * @param {Unit & {whole: number}} unit
 */
const part = (value, unit) => `${amount(value, unit)}  ${percent(value, unit.whole)}`

/**
 * A value of a pane; in a diff both sides and the change.
 * @param {string} word
 * @param {Pane} pane
 * @param {number} was
 * @param {number} now
 */
function figure(word, pane, was, now) {
  const {delta, word: growth} = change(pane.by, was, now), after = part(now, pane)
  return `${word} ` + (pane.diff ? `${part(was, {...pane, ...pane.diff})} → ${after}, ${inMode(pane, delta, '+')}${growth && ', ' + growth}` : after)
}

/**
 * What there is to say about a box, line by line; the name first.
 * @param {Spot} spot
 */
function facts({layer, i}) {
  const {pane, tree, zoom} = layer, {names, total, own, was, wasTotal, parent} = tree, id = names[i], kept = pane.tree.total[0], se = noise(pane, id), {sums} = pane
  /**
   * @param {number} whole
   * @param {string} what
   */
  const of = (whole, what) => `${percent(total[i], whole)} of ${what}`
  return [
    clean(head.names[id], 4000), clean(head.files[head.file[id]] || ''), figure('total', pane, wasTotal[i], total[i]), figure('self', pane, was[i], own[i]),
    se && figure('all calls', pane, sums[3][id], sums[1][id]) + inMode(pane, abs(se), ', ± ') + (se < 0 ? ', noise' : ''),
    kept != pane.whole && of(kept, 'what is kept'), zoom && of(total[zoom], 'the zoomed'), i && of(total[parent[i]], 'the parent'),
    ...layers().map(other => {
      const at = spotIn(other, {layer, i})
      return other != layer && at >= 0 && `${clean(other.pane.title)}: ${part(other.tree.total[at], other.pane)}`
    })
  ].filter(line => line)
}

/**
 * Scrolls to what is at a height of a box, away from its edges.
 * @param {HTMLElement} box
 * @param {number} y
 */
function reveal(box, y) {
  box.scrollTop = max(y + 48 - box.clientHeight, min(y - 24, box.scrollTop))
}

/**
 * Chooses a box: the line below reads it, the table marks its function.
 * @param {Layer} layer
 * @param {number} i
 */
function pick(layer, i) {
  look.spot = {layer, i}
  reveal(layer.box, topOf(layer, i))
  look.name = layer.tree.names[i]
  update()
  // A row that is not there yet is added, once the graphs are drawn.
  shade.querySelector(`[name=name][value="${look.name}"]`) || setTimeout(refresh)
}

/**
 * Zooms in all panes, by names.
 * @param {Layer} layer
 * @param {number} i
 */
function zoom(layer, i) {
  for (const other of layers()) if (other.up == layer.up) other.zoom = max(0, spotIn(other, {layer, i}))
  pick(layer, i)
}

/**
 * What the buttons below the graph do, and the keys that do the same, by the key.
 * @type {Record<string, () => void>}
 */
const ACTS = {
  Escape() {
    for (const layer of layers()) layer.zoom = 0
    look.spot = null
    look.name = 0
    search.value = ''
    seek()
  },
  s() {
    if (look.name) look.focus = [look.name]
    set('view', 'sandwich')
  },
  c: () => copy(head.names[look.name]),
  q: () => copy(`${(look.spot?.layer.pane || panes[0]).query} | focus ${quoted(head.names[look.name])}`)
}

/**
 * A text as a string of the query language.
 * @param {string} text
 */
const quoted = text => '"' + text.replace(/["\\]/g, '\\$&').replace(/\p{Cc}/gu, c => '\\x' + c.charCodeAt(0).toString(16).padStart(2, '0')) + '"'

/**
 * Works on pages without https too, which have no clipboard of their own.
 * @param {string} text
 */
function copy(text) {
  const area = el('textarea', {value: text})
  shade.append(area)
  area.select()
  document.execCommand('copy')
  area.remove()
  root.focus()
}

/** @param {Layer} layer */
function listen(layer) {
  const {box, canvas, tree, up} = layer, {parent, end} = tree
  /** @param {MouseEvent} mouse */
  const at = ({offsetX, offsetY}) => nodeAt(layer, offsetX, offsetY + box.scrollTop)
  canvas.onmousemove = mouse => {
    const i = at(mouse)
    point(i < 0 ? null : {layer, i}, mouse)
  }
  canvas.onmouseleave = () => point(look.spot)
  canvas.onclick = mouse => at(mouse) < 0 || zoom(layer, at(mouse))
  box.onscroll = () => draw(layer)
  box.onkeydown = ({key}) => {
    const {spot} = look, i = spot?.layer == layer ? spot.i : layer.zoom, above = parent[i]
    if (key == 'Enter') zoom(layer, i)
    if (key == (up ? 'ArrowDown' : 'ArrowUp')) pick(layer, max(0, above))
    if (key == (up ? 'ArrowUp' : 'ArrowDown')) pick(layer, min(i + 1, end[i] - 1))
    if (key == 'ArrowRight') pick(layer, end[i] < end[above] ? end[i] : i)
    if (key == 'ArrowLeft') pick(layer, max(child(tree, above, c => end[c] == i), i && above + 1))
  }
}
