// Files made in the page: the picture as SVG or PNG, the stacks folded, or the
// whole viewer as one file.

/**
 * What a graph is painted with: a canvas's context, or what writes SVG.
 * @typedef {Pick<CanvasRenderingContext2D, 'font' | 'fillStyle' | 'strokeStyle' | 'lineWidth' | 'globalAlpha'
 *   | 'textBaseline' | 'fillRect' | 'strokeRect' | 'fillText'> & {getTransform: () => {a: number}}} Brush
 */

/** @param {string} text */
function escaped(text) {
  return text.replace(/[&<>"]/g, c => `&#${c.charCodeAt(0)};`);
}

/**
 * A brush that writes SVG.
 * @param {string[]} out
 * @returns {Brush}
 */
function writer(out) {
  const place = (/** @type {number[]} */ [x, y, w, h]) => `x="${x}" y="${y}" width="${w}" height="${h}"`;
  return {
    font: '', fillStyle: '', strokeStyle: '', lineWidth: 1, globalAlpha: 1, textBaseline: 'middle',
    getTransform: () => ({ a: 100 }),
    fillRect(...at) {
      out.push(`<rect ${place(at)} fill="${this.fillStyle}" opacity="${this.globalAlpha}"/>`);
    },
    strokeRect(...at) {
      out.push(`<rect ${place(at)} fill="none" stroke="${this.strokeStyle}" stroke-width="2"/>`);
    },
    fillText(text, x, y) {
      out.push(`<text x="${x}" y="${y}" dy=".35em" fill="${this.fillStyle}">${escaped(text)}</text>`);
    },
  };
}

/**
 * Everything that is drawn, one pane below the other; gives the height.
 * @param {Brush} [pen]
 */
function picture(pen) {
  let y = 0;
  for (const { head: pane, layers } of panes) {
    const line = [pane.title, pane.query, pane.window, `total ${amount(pane.whole, pane)}`];
    if (pen) pen.fillStyle = getComputedStyle(root).color;
    pen?.fillText(clean([...new Set(line)].filter(s => s).join(' · ')), 3, y + ROW / 2);
    y += ROW;
    for (const layer of layers) {
      const tall = y + layer.rows * ROW;
      if (pen) paint(layer, pen, layer.box.clientWidth, -y, tall);
      y = tall + 6;
    }
  }
  return y;
}

/** @param {Pane} pane */
function folded({ tree: { names, own, was, end }, tree }) {
  let text = '';
  for (let i = 0; i < own.length; i++) {
    if (!own[i] && !(was && was[i])) continue;
    const path = pathOf(tree, i).map(id => clean(head.names[id]).replace(/;/g, ':')).join(';');
    text += `${path || 'total'} ${was ? was[i] + ' ' : ''}${own[i]}\n`;
  }
  return text;
}

/** @param {string} kind */
function exported(kind) {
  const height = picture(), width = panes[0].layers[0].box.clientWidth;
  const { color, backgroundColor, fontFamily } = getComputedStyle(root);
  if (kind == 'folded') save('folded', folded(panes[0]), 'text/plain');
  if (kind == 'HTML') save('html', `<!doctype html><meta charset="utf-8"><title>${escaped(head.title)}</title><style>body{color-scheme:light dark;margin:12px}</style><div class="flamebook">${still}</div><script>(${flamebook})("${payload}")<\/script>`, 'text/html');
  if (kind == 'SVG') {
    const out = [`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-family="${escaped(fontFamily)}" font-size="12"><rect width="100%" height="100%" fill="${backgroundColor}"/>`];
    picture(writer(out));
    save('svg', out.join('\n') + '</svg>', 'image/svg+xml');
  }
  if (kind == 'PNG') {
    const canvas = el('canvas', { width: 2 * width, height: Math.min(2 * height, 16384) }), pen = canvas.getContext('2d');
    if (!pen) return;
    pen.scale(2, 2);
    pen.fillStyle = backgroundColor;
    pen.fillRect(0, 0, width, height);
    pen.font = `12px ${fontFamily}`;
    pen.textBaseline = 'middle';
    picture(pen);
    canvas.toBlob(blob => blob && save('png', blob, 'image/png'));
  }
}

/**
 * @param {string} suffix
 * @param {string | Blob} content
 * @param {string} type
 */
function save(suffix, content, type) {
  const href = URL.createObjectURL(new Blob([content], { type }));
  el('a', { href, download: `${clean(head.title || 'flamebook').replace(/[^\w.-]+/g, '_').slice(0, 80)}.${suffix}` }).click();
  setTimeout(() => URL.revokeObjectURL(href), 60000);
}
