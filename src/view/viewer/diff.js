// What a diff compares, and in which colour it says so.
//
// A side's raw values times its scale are in the unit of the mode: parts of the
// side's whole, plain amounts, or per second of profiled time.

const WIDTHS = ['both', 'before', 'after', 'delta'];

/**
 * @typedef {{before: number, after: number, delta: number, tint: number, word: string}} Change
 */

/**
 * What the raw values before and after are multiplied by.
 * @param {PaneHeader} pane
 * @param {string} mode
 */
function scales({ diff, whole, unitKind }, mode) {
  if (!diff || mode == 'amount') return [1, 1];
  const part = unitKind == 'ns' ? 1e9 : 1;
  const by = mode == 'share' ? [diff.whole, whole] : diff.seconds.map(s => s * part);
  return by.map(whole => whole && 1 / whole);
}

/**
 * A raw pair in the unit of the mode. Tint is -1 (removed) .. 0 (the same) .. 1 (doubled or new).
 * @param {number[]} scales
 * @param {number} was
 * @param {number} now
 * @returns {Change}
 */
function change(scales, was, now) {
  const before = was * scales[0], after = now * scales[1], delta = after - before;
  const whole = Math.abs(before || after), tint = whole && Math.max(-1, Math.min(1, delta / whole));
  const growth = `${delta < 0 ? '' : '+'}${percent(delta, Math.abs(before))}`;
  return { before, after, delta, tint, word: before ? after ? growth : 'removed' : after ? 'new' : '' };
}

/**
 * The width of a box's own part.
 * @param {string} width one of the widths; the magnitudes of single trees are `after`
 * @param {number[]} scales
 * @returns {(own: number, was: number) => number}
 */
function weighing(width, [b, a]) {
  if (width == 'delta') return (own, was) => Math.abs(own * a - was * b);
  if (width == 'before') b = b || 1, a = 0;
  if (width == 'after') b = 0;
  return (own, was) => Math.abs(was * b) + Math.abs(own * a);
}

/**
 * Blue, grey, red; each is light enough for black text.
 * @param {number} tint
 */
function tinted(tint) {
  const end = tint < 0 ? [92, 160, 242] : [245, 110, 92];
  const mix = end.map(c => Math.round(198 + (c - 198) * Math.abs(tint)));
  return `rgb(${mix})`;
}

/**
 * A value in the unit of a mode.
 * @param {PaneHeader} pane
 * @param {string} mode
 * @param {number} value
 */
function inMode(pane, mode, value) {
  if (mode == 'share') return percent(value, 1);
  const unitKind = mode == 'rate' && pane.unitKind == 'ns' ? 'cores' : pane.unitKind;
  return amount(value, { ...pane, unitKind, perSecond: pane.perSecond || mode == 'rate' });
}

/**
 * A change in the unit of a mode, with its sign; of shares in percentage points.
 * @param {PaneHeader} pane
 * @param {string} mode
 * @param {number} delta
 */
function signed(pane, mode, delta) {
  const text = mode == 'share' ? fixed(100 * delta, 2) + ' pp' : inMode(pane, mode, delta);
  return delta > 0 ? '+' + text : text;
}
