// Mouse and keyboard: what is pointed at, chosen, zoomed and copied.
//
// A spot is a box of one layer; the other panes of a comparison follow it by the
// names on its path.

/** @typedef {{layer: Layer, i: number}} Spot */

/**
 * The layer of another pane that is drawn like this one.
 * @param {Layer} layer
 */
function likes(layer) {
  const k = layer.pane.layers.indexOf(layer);
  return panes.map(pane => pane.layers[k]);
}

/**
 * Where a spot is in a layer; -1 for nowhere.
 * @param {Layer} layer
 * @param {Spot | null} spot
 */
function spotIn(layer, spot) {
  if (!spot || layer == spot.layer) return spot ? spot.i : -1;
  return likes(spot.layer).includes(layer) ? follow(layer.tree, pathOf(spot.layer.tree, spot.i)) : -1;
}

/**
 * Puts the outline around what is pointed at.
 * @param {Layer} layer
 */
function place(layer) {
  const { tree: { left, weight, end, depth }, zoom, mark, box } = layer;
  const i = spotIn(layer, look.spot), scale = box.clientWidth / weight[zoom];
  const above = i <= zoom && end[i] > zoom, inside = i > zoom && i < end[zoom];
  mark.hidden = !above && !inside;
  const x = above ? 0 : (left[i] - left[zoom]) * scale, w = above ? box.clientWidth : weight[i] * scale;
  mark.style.cssText = mark.hidden ? 'display:none' : `left:${x}px;width:${Math.max(w, 3)}px;top:${rowTop(layer, depth[i])}px`;
}

/**
 * Points at a box; the tooltip stands at a place of the page, or nowhere.
 * @param {Spot | null} spot
 * @param {{clientX: number, clientY: number}} [at]
 */
function point(spot, at) {
  look.spot = spot;
  for (const pane of panes) pane.layers.forEach(place);
  tip.style.display = spot && at ? '' : 'none';
  if (!spot || !at) return;
  const [name, ...rest] = facts(spot);
  tip.replaceChildren(el('b', {}, name), '\n' + rest.join('\n'));
  const { left, top, width, height } = root.getBoundingClientRect();
  const x = at.clientX - left, y = at.clientY - top;
  const right = x + 14 + tip.offsetWidth < width ? x + 14 : x - 14 - tip.offsetWidth;
  tip.style.left = Math.max(0, right) + 'px';
  tip.style.top = Math.max(0, Math.min(y + 14, height - tip.offsetHeight)) + 'px';
}

/**
 * What there is to say about a box, line by line; the name first.
 * @param {Spot} spot
 * @returns {string[]}
 */
function facts({ layer, i }) {
  const { pane: { head: pane, scales: by }, tree, zoom } = layer;
  const { names, total, own, was, wasTotal, parent } = tree, id = names[i];
  const lines = [clean(head.names[id]).slice(0, 4000)], file = head.files[head.file[id]];
  if (file) lines.push(clean(file));
  /**
   * @param {number} value
   * @param {number} whole
   */
  const part = (value, whole) => `${amount(value, pane)}, ${percent(value, whole)}`;
  const { diff, whole } = pane;
  if (diff && was && wasTotal) {
    /** @type {[string, number, number][]} */
    const pairs = [['total', wasTotal[i], total[i]], ['self', was[i], own[i]]];
    for (const [word, before, after] of pairs) {
      const changed = change(by, before, after);
      lines.push(`${word} before ${part(before, diff.whole)}`, `${word} after ${part(after, whole)}`,
        `${word} change ${signed(pane, look.mode, changed.delta)}${changed.word && ', ' + changed.word}`);
    }
  } else lines.push(`total ${part(total[i], whole)}`, `self ${part(own[i], whole)}`);
  const kept = layer.pane.tree.total[0];
  if (kept != whole) lines.push(`${percent(total[i], kept)} of what the filters kept`);
  if (zoom && zoom != i) lines.push(`${percent(total[i], total[zoom])} of the zoomed box`);
  if (i) lines.push(`${percent(total[i], total[parent[i]])} of its parent`);
  if (panes.length > 1) for (const other of likes(layer)) {
    const at = spotIn(other, { layer, i });
    if (other != layer) lines.push(`${clean(other.pane.head.title)}: ${at < 0 ? 'none'
      : `${amount(other.tree.total[at], other.pane.head)}, ${percent(other.tree.total[at], other.pane.head.whole)}`}`);
  }
  return lines;
}

/**
 * Chooses a box: the line below reads it, the table marks it.
 * @param {Layer} layer
 * @param {number} i
 */
function pick(layer, i) {
  look.picked = { layer, i };
  look.marked = i ? layer.tree.names[i] : -1;
  point(look.picked);
  for (const painter of painters) painter();
}

/**
 * Zooms in all panes, by names.
 * @param {Layer} layer
 * @param {number} i
 */
function zoomTo(layer, i) {
  for (const other of likes(layer)) {
    other.zoom = Math.max(0, spotIn(other, { layer, i }));
    reveal(other, other.zoom);
  }
  redraw();
}

/**
 * Scrolls to the row of a box.
 * @param {Layer} layer
 * @param {number} i
 */
function reveal(layer, i) {
  const { box, tree } = layer, y = rowTop(layer, tree.depth[i]), room = box.clientHeight - ROW;
  box.scrollTop = Math.max(y - room, Math.min(y, box.scrollTop));
}

/** @param {Layer} layer */
function handle(layer) {
  const { box, pad } = layer;
  const at = (/** @type {MouseEvent} */ { clientX, clientY }) => {
    const { left, top } = pad.getBoundingClientRect();
    return nodeAt(layer, clientX - left, clientY - top);
  };
  box.onpointermove = event => {
    const i = at(event);
    point(i < 0 ? null : { layer, i }, event);
  };
  box.onpointerleave = () => point(look.picked);
  box.onclick = event => {
    const i = at(event);
    if (i < 0) return;
    pick(layer, i);
    zoomTo(layer, i);
  };
  box.onscroll = () => draw(layer);
}

/** Zooms out everywhere. */
function reset() {
  look.marked = -1;
  look.picked = null;
  point(null);
  for (const pane of panes) for (const layer of pane.layers) layer.zoom = 0;
  refresh();
}

/** Looks at who calls the chosen function and what it calls. */
function middle() {
  if (look.picked || look.spot) look.focus = [nameAt()];
  look.view = 'sandwich';
  refresh();
}

/** The id of the function that is pointed at or chosen. */
function nameAt() {
  const spot = look.spot || look.picked;
  return spot ? spot.layer.tree.names[spot.i] : look.marked;
}

/**
 * A name as a string of the query language.
 * @param {string} name
 */
function quoted(name) {
  const escapes = /** @type {Record<string, string>} */ ({ '\n': '\\n', '\t': '\\t' });
  return `"${name.replace(/["\\]/g, '\\$&').replace(/[\0-\x1f\x7f-\x9f]/g,
    c => escapes[c] || '\\x' + c.charCodeAt(0).toString(16).padStart(2, '0'))}"`;
}

/** What to type to keep only the stacks through the chosen function. */
function focusing() {
  const pane = (look.spot || look.picked)?.layer.pane || panes[0];
  return `${pane.head.query} | focus ${quoted(head.names[nameAt()])}`.trim();
}

/** @param {string} text */
async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Pages without https have no clipboard of their own.
    const area = el('textarea', { value: text });
    root.append(area);
    area.select();
    document.execCommand('copy');
    area.remove();
  }
}

/** The line that reads the chosen box aloud, with what can be done with it. */
function chosen() {
  const text = el('span', { className: 'cut', role: 'status', style: 'flex:1 1 12em' });
  const needy = [button('sandwich', 'callers and callees (s)', middle),
    button('copy name', 'copy the name (c)', () => copy(head.names[nameAt()])),
    button('copy query', 'copy the query that focuses here (q)', () => copy(focusing()))];
  painters.push(() => {
    text.textContent = look.picked ? facts(look.picked).join(' · ')
      : look.marked > 0 ? shown(look.marked) : 'click a box to zoom, press / to search';
    for (const b of needy) b.disabled = nameAt() <= 0;
  });
  return el('div', { className: 'note', style: 'margin:6px 0 0' }, text, button('reset', 'zoom out (Esc)', reset), ...needy);
}

/**
 * @param {KeyboardEvent} event
 * @param {HTMLInputElement} search
 */
function keyed(event, search) {
  const { key, target } = event;
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  event.stopPropagation();
  if (target == search) {
    if (key == 'Escape') search.value = '', search.dispatchEvent(new Event('input'));
    return;
  }
  const layers = panes.flatMap(pane => pane.layers);
  const layer = layers.find(({ box }) => box == target) || look.picked?.layer || layers[0];
  const { tree: { parent, end }, up } = layer, spot = look.picked;
  const i = spot && spot.layer == layer ? spot.i : layer.zoom;
  /** @type {Record<string, number | undefined>} */
  const steps = {
    [up ? 'ArrowUp' : 'ArrowDown']: i + 1 < end[i] ? i + 1 : i,
    [up ? 'ArrowDown' : 'ArrowUp']: Math.max(0, parent[i]),
    ArrowRight: i && end[i] < end[parent[i]] ? end[i] : i,
    ArrowLeft: Math.max(i && child(layer.tree, parent[i], c => end[c] == i), i && (parent[i] == i - 1 ? i : 0)),
  };
  /** @type {Record<string, () => void>} */
  const acts = {
    Escape: reset, '/': () => search.focus(), s: middle, Enter: () => zoomTo(layer, i),
    c: () => copy(head.names[nameAt()]), q: () => copy(focusing()),
  };
  const step = target == layer.box ? steps[key] : undefined;
  if (step == undefined && (!acts[key] || key == 'Enter' && target != layer.box)) return;
  event.preventDefault();
  if (step == undefined) return acts[key]();
  pick(layer, step);
  reveal(layer, step);
  draw(layer);
}
