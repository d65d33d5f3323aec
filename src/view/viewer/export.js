// Files made in the page: the picture as SVG or PNG, the stacks as folded text, or the whole
// viewer as an HTML file.

/** Browsers draw no canvas that is taller. */
const TALLEST = 16384

/** @param {string} text */
const escaped = text => text.replace(/[&<>"]/g, c => `&#${c.charCodeAt(0)};`)

/** The width of the widest graph. */
const pictureWidth = () => max(...allLayers().map(({width}) => width))

/**
 * Paints all panes, one below the other, and returns the height.
 * @param {Pen} pen
 */
function paintAll(pen) {
  const {color, background} = theme
  let y = 0
  pen.fillStyle = background
  pen.fillRect(0, 0, pictureWidth(), TALLEST)
  for (const {title, query, window, layers} of panes) {
    pen.globalAlpha = 1
    pen.fillStyle = color
    pen.fillText(clean(`${title} ${query} ${window}`), 3, y + 13)
    y += ROW
    for (const layer of layers) {
      const tall = layer.rows * ROW
      paint(layer, pen, -y, y + tall)
      y += tall
    }
  }
  return y
}

/**
 * The content of each kind of file.
 * @type {Record<string, () => string | Promise<any>>}
 */
const CONTENTS = {
  svg() {
    let out = ''
    const tall = paintAll({
      font: '', fillStyle: '', globalAlpha: 1,
      fillRect(x, y, w, h, layer, i = 0) {
        const title = layer ? facts(spotOf(layer, i)).join('\n') : head.title
        out += `<rect x="${x}" y="${y}" width="${w}" height="${h}" fill="${this.fillStyle}" opacity="${this.globalAlpha}"><title>${escaped(title)}</title></rect>`
      },
      fillText(text, x, y) {
        out += `<text x="${x}" y="${y}" fill="${this.fillStyle}" pointer-events="none">${escaped(text)}</text>`
      }
    })
    return `<svg xmlns="http://www.w3.org/2000/svg" width="${pictureWidth()}" height="${tall}" font-size="12" font-family="sans-serif">${out}</svg>`
  },
  png() {
    const canvas = element('canvas', {width: pictureWidth()})
    /** @type {any} */
    const pen = canvas.getContext('2d')
    // Once for the height; setting it clears the canvas.
    canvas.height = min(paintAll(pen), TALLEST)
    paintAll(pen)
    return new Promise(done => canvas.toBlob(done))
  },
  folded() {
    const [{tree, diff}] = panes, {own, ownBefore} = tree
    let out = ''
    own.forEach((value, i) => {
      if (!value && !ownBefore[i]) return
      const path = pathOf(tree, i).map(id => clean(head.names[id], 1e5).replace(/;/g, ':'))
      out += `${path.join(';') || 'total'}${diff ? ' ' + ownBefore[i] : ''} ${value}\n`
    })
    return out
  },
  html: () => `<!doctype html><meta charset="utf-8"><title>${escaped(head.title)}</title><div class="flamebook alone">${still}</div><script>(${flamebook})("${payload}")<\/script>`
}

/**
 * A title as the name of a file that a shell takes without quotes.
 * @param {string} title
 */
const fileName = title => title.replace(/[^\p{L}\p{N}.]+/gu, '-').slice(0, 60).replace(/^[-.]+|[-.]+$/g, '') || 'flamebook'

/** @param {string} kind */
async function save(kind) {
  const href = URL.createObjectURL(new Blob([await CONTENTS[kind]()]))
  element('a', {href, download: `${fileName(head.title)}.${kind}`}).click()
}
