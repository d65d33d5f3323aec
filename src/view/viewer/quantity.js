// Numbers as text, by the same rules as the kernel's quantities, so that a tooltip and the text
// beside it agree.

/** @type {Record<string, [number, string][]>} */
const PREFIXES = {
  ns: [[36e11, 'h'], [6e10, 'min'], [1e9, 's'], [1e6, 'ms'], [1e3, 'µs'], [1, 'ns']],
  bytes: [[2 ** 40, 'TiB'], [2 ** 30, 'GiB'], [2 ** 20, 'MiB'], [1024, 'KiB'], [1, 'B']]
}

/**
 * A number with so many decimals. Exact halves are rounded to even, as the kernel does.
 * @param {number} value
 * @param {number} places at most 2
 */
function fixed(value, places) {
  const power = 10 ** places, isTie = abs(value * power % 1) == .5 && value * 8 % 1 == 0
  return (isTie ? 2 * round(value * power / 2) / power : value).toFixed(places)
}

/**
 * At least three significant digits; whole numbers have all their digits, in groups of three.
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
  if (!whole) return '0%'
  const value = 100 * part / whole
  if (value && abs(value) < .05) return value > 0 ? '<0.1%' : '-0.0%'
  return fixed(value, 1).replace('100.0', '100') + '%'
}
