// How a diff compares its sides, and the colours of a change.
//
// The mode decides the unit of a comparison: share of the side's whole, plain amount, or rate per
// second of profiled time. A side's values times its scale are in that unit.

/**
 * Both sides in the unit of the mode. `tint` goes from -1 (removed) over 0 (the same) to 1 (doubled,
 * or new). `word` is the growth, 'new' or 'removed'.
 * @typedef {{before: number, after: number, delta: number, tint: number, word: string}} Change
 */

/**
 * The scales of the sides before and after.
 * @param {PaneHeader} pane
 * @param {string} mode
 */
function scalesOf({diff, whole, unitKind}, mode) {
  if (!diff || mode == 'amount') return [1, 1]
  const divisors = mode == 'share' ? [diff.whole, whole] : diff.seconds.map(s => unitKind == 'ns' ? s * 1e9 : s)
  return divisors.map(divisor => divisor && 1 / divisor)
}

/**
 * @param {Pick<PaneHeader, 'diff'>} pane
 * @param {number[]} scales
 * @param {number} valueBefore
 * @param {number} valueAfter
 * @returns {Change}
 */
function change({diff}, scales, valueBefore, valueAfter) {
  const before = valueBefore * scales[0], after = valueAfter * scales[1], left = after - before
  // Not what only the rounding of fractions leaves.
  const delta = abs(left) > max(2e-15 * abs(after), (diff?.rounding || 0) * max(...scales)) ? left : 0
  return {
    before, after, delta,
    tint: max(-1, min(1, delta / abs(before || after) || 0)),
    get word() {
      if (!after) return before ? 'removed' : ''
      return before ? (delta < 0 ? '' : '+') + percent(delta, abs(before)) : 'new'
    }
  }
}

/**
 * How wide a node's self values are drawn.
 * @param {string} width what the width stands for: 'both', 'before', 'after' or 'delta'
 * @param {number[]} scales
 * @returns {(after: number, before: number) => number}
 */
function widths(width, [scaleBefore, scaleAfter]) {
  return (after, before) => {
    const [a, b] = [after * scaleAfter, before * scaleBefore]
    if (width == 'delta') return abs(a - b)
    return (width == 'after' ? 0 : abs(b)) + (width == 'before' ? 0 : abs(a))
  }
}

/**
 * Half of the 95 % interval of a function's change as the payload has it, below zero where it is not significant, of all stacks; undefined for none.
 * @param {Pick<PaneHeader, 'diff'>} pane
 * @param {number} id
 * @returns {any}
 */
const margin = ({diff}, id) => state.filters?.[0] ? undefined : diff?.noise[state.mode]?.[id]

/**
 * From blue over grey to red: light enough for black text, or on a dark page dark enough for white.
 * @param {number} tint
 * @param {boolean} [isDark]
 */
function tinted(tint, isDark) {
  const grey = isDark ? 66 : 198, full = isDark ? tint < 0 ? [28, 106, 204] : [204, 48, 38] : tint < 0 ? [92, 160, 242] : [245, 110, 92]
  return `rgb(${full.map(c => round(grey + (c - grey) * abs(tint)))})`
}

/**
 * A value in the unit of the mode.
 * @param {PaneHeader} pane
 * @param {number} value
 */
function inMode(pane, value, mode = state.mode) {
  if (mode == 'share') return percent(value, 1)
  const isRate = mode == 'rate', isCores = isRate && pane.unitKind == 'ns'
  return amount(value, isCores ? {unitKind: '', unit: 'cores'} : {...pane, perSecond: isRate || pane.perSecond})
}

/**
 * A change in the unit of the mode: with a sign, and in percentage points for shares.
 * @param {PaneHeader} pane
 * @param {number} value
 */
function changeInMode(pane, value, plus = '+', mode = state.mode) {
  return (value > 0 ? plus : '') + (mode == 'share' ? fixed(100 * value, 2) + ' pp' : inMode(pane, value, mode))
}
