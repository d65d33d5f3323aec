// What a diff compares, and in which colour it says so.
//
// A side's raw values times its scale are in the unit of the mode: parts of the
// side's whole, plain amounts, or per second of profiled time.

/**
 * A pair in the unit of the mode. Tint is -1 (removed) .. 0 (the same) .. 1 (doubled or new); the
 * word is the growth, or that it is new or removed.
 * @typedef {{before: number, after: number, delta: number, tint: number, word: string}} Change
 */

/**
 * What the raw values before and after are multiplied by.
 * @param {PaneHeader} pane
 * @param {string} mode
 */
function scales({diff, whole, unitKind}, mode) {
  if (!diff || mode == 'amount') return [1, 1]
  const by = mode == 'share' ? [diff.whole, whole] : diff.seconds.map(s => unitKind == 'ns' ? s * 1e9 : s)
  return by.map(whole => whole && 1 / whole)
}

/**
 * @param {number[]} scales
 * @param {number} was
 * @param {number} now
 * @returns {Change}
 */
function change(scales, was, now) {
  const before = was * scales[0], after = now * scales[1], delta = after - before
  return {
    before, after, delta,
    tint: max(-1, min(1, delta / abs(before || after) || 0)),
    get word() {
      return before ? after ? (delta < 0 ? '' : '+') + percent(delta, abs(before)) : 'removed' : after ? 'new' : ''
    }
  }
}

/**
 * The width of a node's own part.
 * @param {string} width
 * @param {number[]} scales
 * @returns {(now: number, was: number) => number}
 */
const weighing = (width, [b, a]) => (now, was) => width == 'delta' ? abs(now * a - was * b)
  : (width == 'after' ? 0 : abs(was * b)) + (width == 'before' ? 0 : abs(now * a))

/**
 * The standard error of a function's change, as the payload has it.
 * @param {Pick<PaneHeader, 'diff'>} pane
 * @param {number} id
 * @returns {any} a number, if there is one
 */
const noise = ({diff}, id) => diff?.noise[look.mode]?.[id]

/**
 * Blue, grey, red; each is light enough for black text.
 * @param {number} tint
 */
const tinted = tint => `rgb(${(tint < 0 ? [92, 160, 242] : [245, 110, 92]).map(c => round(198 + (c - 198) * abs(tint)))})`

/**
 * A value in the unit of the mode; a change has something before it where it is more than
 * zero, and is in percentage points for shares.
 * @param {PaneHeader} pane
 * @param {number} value
 * @param {string | false} [sign] of a change
 */
function inMode(pane, value, sign, mode = look.mode) {
  const plus = value > 0 && sign || '', isRate = mode == 'rate'
  if (mode == 'share') return sign ? plus + fixed(100 * value, 2) + ' pp' : percent(value, 1)
  return plus + amount(value, isRate && pane.unitKind == 'ns' ? {unitKind: '', unit: 'cores'}
    : {...pane, perSecond: isRate || pane.perSecond})
}
