// Numbers as people read them: the rules of the kernel's own quantities, so that
// a tooltip and the text beside it say the same.

/** @type {Record<string, [number, string][]>} */
const PREFIXES = {
  ns: [[36e11, 'h'], [6e10, 'min'], [1e9, 's'], [1e6, 'ms'], [1e3, 'µs'], [1, 'ns']],
  bytes: [[2 ** 40, 'TiB'], [2 ** 30, 'GiB'], [2 ** 20, 'MiB'], [1024, 'KiB'], [1, 'B']]
}

/**
 * Decimals, with exact halves rounded to even as the kernel does.
 * @param {number} value
 * @param {number} places at most 2
 */
function fixed(value, places) {
  const power = 10 ** places, tie = abs(value * power % 1) == .5 && value * 8 % 1 == 0
  return (tie ? 2 * round(value * power / 2) / power : value).toFixed(places)
}

/**
 * At least three significant digits, whole numbers whole and grouped by spaces.
 * @param {number} value
 */
function digits(value) {
  const size = abs(value)
  if (size % 1 == 0 || size >= 100) return value.toFixed().replace(/\B(?=(\d{3})+$)/g, ' ')
  return size < .1 ? value.toPrecision(3) : fixed(value, size < 10 ? 2 : 1)
}

/**
 * @param {number} value
 * @param {Unit} unit
 */
function amount(value, {unitKind, unit, perSecond}) {
  const scale = PREFIXES[unitKind] || [[1, unit]]
  const [size, word] = scale.find(([size]) => abs(value) >= size) || scale[scale.length - 1]
  return digits(value / size) + (word && word != '%' ? ' ' : '') + word + (perSecond ? '/s' : '')
}

/**
 * @param {number} part
 * @param {number} whole
 */
function percent(part, whole) {
  const value = 100 * part / whole, text = fixed(value, 1)
  return whole ? (value && abs(value) < .05 ? value > 0 ? '<0.1' : '-0.0' : text.replace('100.0', '100')) + '%' : '0%'
}
