// The page around the graphs: toolbar, legend, panes and the line that reads the
// chosen box. Everything is made here and styled by rules below one class, with
// the front end's own colours.

/**
 * A pane and what is drawn of it. `scales` are those of the mode, before and after.
 * @typedef {{head: PaneHeader, tree: Tree, scales: number[], layers: Layer[], cell: HTMLElement}} Pane
 */

const RULES = `
{--ink:var(--jp-content-font-color1,var(--vscode-foreground,CanvasText));--page:var(--jp-layout-color0,var(--vscode-editor-background,Canvas));--line:#8886;--on:#3d8fd1;color-scheme:light dark;color:var(--ink);background:var(--page);font:12px/18px var(--jp-ui-font-family,var(--vscode-font-family,system-ui,sans-serif));position:relative;overflow:hidden;padding:2px}
*{box-sizing:border-box}
.bar,.note,.facts{display:flex;flex-wrap:wrap;gap:4px 10px;align-items:center;margin:0 0 6px}
.bar>b{flex:0 1 auto;max-width:30em}
.cut,.bar>b,.facts *,.row>*{overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.group{display:flex}
.group>*+*{margin-left:-1px}
button,select,input{font:inherit;color:inherit;background:var(--page);border:1px solid var(--line);border-radius:0;height:24px;padding:0 8px;margin:0}
button{cursor:pointer}
button:hover{background:#8882}
button[aria-pressed=true]{background:var(--on);color:#fff}
button:disabled{opacity:.4;cursor:default}
input{width:15em;flex:0 1 auto}
:focus-visible{outline:2px solid var(--on);outline-offset:-1px}
.dim{opacity:.7}
.push{margin-left:auto}
.swatch{width:96px;height:12px}
.main{display:flex;flex-wrap:wrap;gap:12px}
.panes{flex:3 1 420px;min-width:0;display:grid;gap:12px;grid-template-columns:repeat(auto-fit,minmax(min(100%,420px),1fr))}
.panes>*{min-width:0}
.scroll{overflow:hidden auto;max-height:648px;cursor:pointer}
.pad{position:relative;overflow:clip}
canvas{position:sticky;top:0;display:block;width:100%}
.mark{position:absolute;height:17px;outline:2px solid var(--ink);outline-offset:-2px;pointer-events:none}
.tip{position:fixed;z-index:9;max-width:min(560px,90vw);padding:6px 8px;background:var(--page);border:1px solid var(--line);box-shadow:0 2px 8px #0004;pointer-events:none;white-space:pre-wrap;overflow-wrap:anywhere;font-variant-numeric:tabular-nums}
.table{flex:2 1 380px;min-width:0;max-height:648px;overflow:auto;font-variant-numeric:tabular-nums}
.row{display:grid;cursor:pointer;border-bottom:1px solid #8883}
.row>*{padding:1px 6px;text-align:right}
.row>:first-child{text-align:left;direction:ltr}
.row:hover{background:#8882}
.row[aria-selected=true]{background:#3d8fd144}
.heads{position:sticky;top:0;background:var(--page);font-weight:600}
`;

/**
 * An element; what it has no property for becomes an attribute.
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Record<string, any>} [props]
 * @param {(Node | string)[]} kids
 * @returns {HTMLElementTagNameMap[T]}
 */
function el(tag, props = {}, ...kids) {
  /** @type {any} */
  const made = document.createElement(tag);
  for (const key in props) key in made ? made[key] = props[key] : made.setAttribute(key, props[key]);
  made.append(...kids);
  return made;
}

/**
 * @param {string} text
 * @param {string} title
 * @param {() => void} onclick
 */
function button(text, title, onclick) {
  return el('button', { title, 'aria-label': title, onclick, type: 'button' }, text);
}

/**
 * Buttons of which one is pressed.
 * @template {'view' | 'layout' | 'only'} K
 * @param {K} key of what is looked at
 * @param {string[]} choices
 */
function choice(key, choices) {
  const all = choices.map(text => button(text, `show ${text}`, () => {
    look[key] = text;
    refresh();
  }));
  painters.push(() => all.forEach((b, k) => b.ariaPressed = '' + (choices[k] == look[key])));
  return el('span', { className: 'group', role: 'group', 'aria-label': key }, ...all);
}

/**
 * @param {'mode' | 'width'} key
 * @param {string[]} choices
 */
function menu(key, choices) {
  const options = choices.map(text => el('option', { value: text, selected: text == look[key] }, `${key}: ${text}`));
  const select = el('select', { 'aria-label': key, onchange() {
    look[key] = select.value;
    refresh();
  } }, ...options);
  return select;
}

/** Called at each refresh. */
/** @type {(() => void)[]} */
const painters = [];

/** The whole page, below the root. */
function build() {
  const diff = panes[0].head.diff;
  const share = el('span', { className: 'dim', role: 'status' });
  const search = el('input', { type: 'search', placeholder: 'search, /regex/', 'aria-label': 'search functions',
    oninput() {
      try {
        share.textContent = seek(search.value);
      } catch {
        share.textContent = 'not a regular expression';
      }
      refresh();
    } });
  const save = el('select', { 'aria-label': 'export', onchange() {
    exported(save.value);
    save.value = '';
  } }, ...['', 'SVG', 'PNG', 'folded', 'HTML'].map(kind => el('option', { value: kind }, kind || 'export')));
  const bar = el('div', { className: 'bar', role: 'toolbar' }, search, share, choice('view', ['flame', 'icicle', 'sandwich']),
    choice('layout', ['graph', 'both', 'table']));
  if (diff) bar.append(menu('mode', diff.seconds.every(s => s) ? ['share', 'amount', 'rate'] : ['share', 'amount']), menu('width', WIDTHS));
  bar.append(save);
  const grid = el('div', { className: 'panes' }, ...panes.map(pane => pane.cell));
  const table = tableOf();
  painters.push(() => {
    grid.hidden = look.layout == 'table';
    table.hidden = look.layout == 'graph';
    grid.style.display = grid.hidden ? 'none' : '';
    table.style.display = table.hidden ? 'none' : '';
  });
  const rules = RULES.trim().replace(/^/gm, '.flamebook.flamebook.flamebook ').replace(' {', '{');
  root.replaceChildren(el('style', {}, rules), bar, ...legend(), el('div', { className: 'main' }, grid, table), chosen(), tip);
  root.classList.add('flamebook');
  root.setAttribute('data-lm-suppress-shortcuts', 'true');
  root.addEventListener('keydown', event => keyed(event, search));
  new ResizeObserver(redraw).observe(grid);
  const themes = new MutationObserver(redraw);
  for (const node of [document.documentElement, document.body]) themes.observe(node, { attributes: true });
}

/** How to read a diff; nothing for other graphs. */
function legend() {
  const [{ head: { diff, title }, tree, head }] = panes;
  if (!diff) return [];
  const text = el('span');
  painters.push(() => {
    const side = (/** @type {number} */ total) => amount(total, head);
    text.textContent = `before: ${diff.titles[0]}, ${side(tree.wasTotal?.[0] || 0)} · after: ${diff.titles[1] || title}, ${
      side(tree.total[0])} · colour: change of the total (${look.mode}), full at ±100% · box width: ${
      look.width == 'both' ? 'before + after' : look.width}`;
  });
  const colours = [-1, 0, 1].map(tinted);
  return [el('div', { className: 'note' }, '− less',
    el('span', { className: 'swatch', style: `background:linear-gradient(90deg,${colours})` }), '+ more', text)];
}

/**
 * The facts of a pane and room for its layers.
 * @param {PaneHeader} head
 */
function cellOf(head) {
  const facts = el('div', { className: 'facts' }, el('b', {}, clean(head.title)));
  for (const fact of [head.query, head.window]) if (fact && fact != head.title) facts.append(el('span', { title: fact }, clean(fact)));
  facts.append(el('b', {}, `total ${amount(head.whole, head)}`));
  if (head.timeline) facts.append(spark(head.timeline.values));
  const notes = (head.notes || []).map(note => el('div', { className: 'dim' }, clean(note)));
  return el('div', {}, facts, ...notes, el('div'));
}

/**
 * A small timeline; a gap is a gap.
 * @param {(number | null)[]} values
 */
function spark(values) {
  const top = Math.max(...values.map(v => v || 0)) || 1, wide = 120 / values.length;
  const canvas = el('canvas', { width: 120, height: 18, style: 'width:120px', role: 'img', 'aria-label': 'timeline' });
  const pen = canvas.getContext('2d');
  if (pen) pen.fillStyle = '#3d8fd1';
  values.forEach((v, k) => pen?.fillRect(k * wide, 18 - 17 * (v || 0) / top, Math.max(wide - .5, .5), 18));
  return canvas;
}

/**
 * The layers that the view asks for.
 * @param {Pane} pane
 */
function layersOf(pane) {
  const { tree } = pane;
  const made = look.view != 'sandwich' ? [layer(pane, tree, look.view == 'flame')]
    : [true, false].map(up => {
      const half = sandwich(tree, look.focus, up, other);
      return layer(pane, half, up);
    });
  pane.layers = made;
  const parts = made.flatMap(({ box, up }) => look.view == 'sandwich'
    ? [el('div', { className: 'dim' }, up ? 'callers' : 'callees'), box] : [box]);
  pane.cell.lastElementChild?.replaceChildren(...parts);
}

/**
 * @param {Pane} pane
 * @param {Tree} tree
 * @param {boolean} up
 * @returns {Layer}
 */
function layer(pane, tree, up) {
  const canvas = el('canvas'), mark = el('div', { className: 'mark', hidden: true });
  const pad = el('div', { className: 'pad' }, canvas, mark);
  const box = el('div', { className: 'scroll', tabIndex: 0, role: 'application',
    'aria-label': `${pane.head.title} ${look.view}: arrow keys walk, Enter zooms, s sandwich, / searches` }, pad);
  const made = { pane, tree, up, zoom: 0, rows: 1, box, pad, canvas, mark };
  weigh(made);
  handle(made);
  return made;
}

/** @param {Layer} layer */
function weigh({ pane, tree }) {
  lay(tree, weighing(tree.was ? look.width : 'after', pane.scales));
}

/** Draws all graphs again, as they are. */
function redraw() {
  for (const pane of panes) for (const layer of pane.layers) draw(layer);
}

let drawn = '';
/** Brings everything to what is now looked at. */
function refresh() {
  for (const pane of panes) pane.scales = scales(pane.head, look.mode);
  const wanted = [look.view, look.mode, look.width, look.focus].join();
  if (wanted != drawn) {
    for (const pane of panes) lay(pane.tree, weighing(pane.tree.was ? look.width : "after", pane.scales)), layersOf(pane);
    look.spot = null;
    drawn = wanted;
  }
  for (const painter of painters) painter();
  redraw();
}
