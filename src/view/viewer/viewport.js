// Builds the graphs when the output comes into view, and lets them go when it leaves.
//
// A notebook may hold hundreds of outputs. Out of view an output is an empty element of the same
// height, with its payload and its state. No layout is read before it comes into view.

/** What follows the page while the graphs are built. @type {{disconnect(): void}[]} */
let followers = []

/** The width of the root, and whether the root is in view. */
let rootWidth = 0, isInView = false

/** Takes the static picture away, and waits. */
function watch() {
  const rows = still.split('position:relative;height').length - 1
  root.replaceChildren()
  root.style.minHeight = 64 + min(36, rows) * ROW + 'px'
  /** @type {any} */
  const options = {rootMargin: '50%', scrollMargin: '50%'}
  new IntersectionObserver(entries => {
    const {isIntersecting, boundingClientRect: {width, height}} = entries[entries.length - 1]
    isInView = isIntersecting
    rootWidth = width
    listenToPrinter(root.isConnected)
    if (!isInView) letGo(height)
    else if (!panes[0]) unpack(payload).then(unpacked => isInView && !panes[0] && start(unpacked)).catch(giveUp)
  }, options).observe(root)
}

/** @param {any} error */
function giveUp(error) {
  root.style.minHeight = ''
  showStill()
  throw error
}

/** Follows sizes and themes. */
function follow() {
  const resized = new ResizeObserver(entries => {
    for (const {target, contentRect: {width}} of entries) {
      const layer = allLayers().find(({box}) => box == target)
      if (layer) layer.width = round(width)
      else rootWidth = width
    }
    if (root.dataset.show == shown()) redraw()
    else refresh()
  })
  const themed = new MutationObserver(redraw), dark = matchMedia('(prefers-color-scheme:dark)')
  resized.observe(root)
  themed.observe(document.body, {attributes: true})
  dark.onchange = redraw
  followers = [resized, themed, {disconnect: () => dark.onchange = null}]
  return resized
}

/**
 * Empties the root, which keeps its height.
 * @param {number} height
 */
function letGo(height) {
  if (!panes[0]) return
  for (const follower of followers) follower.disconnect()
  // A canvas would keep its memory until garbage is collected.
  for (const {canvas} of allLayers()) canvas.width = 0
  for (const id in page) delete page[id]
  panes = followers = texts = []
  head = resized = state.matches = /** @type {any} */ (null)
  drawn = listed = ''
  root.style.minHeight = height + 'px'
  shadow.replaceChildren()
}

/** Shows the static picture instead of the graphs. */
function showStill() {
  (shadow || root).innerHTML = still
}

/** Whether the page is being printed. */
let isOnPaper = false

/**
 * On paper everything is in view: what is not built is the static picture there.
 * @param {Event} event
 */
function onPrint({type}) {
  isOnPaper = type == 'beforeprint'
  if (panes[0]) redraw()
  else if (isOnPaper) showStill()
  else (shadow || root).replaceChildren()
}

/** @param {boolean} isConnected */
function listenToPrinter(isConnected) {
  const change = isConnected ? addEventListener : removeEventListener
  change('beforeprint', onPrint)
  change('afterprint', onPrint)
}
