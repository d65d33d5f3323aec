// Numbers as people read them: the rules of the kernel's own quantities, so that
// a tooltip and the text beside it say the same.

/** @type {[number, string][]} */
const TIME = [[36e11, 'h'], [6e10, 'min'], [1e9, 's'], [1e6, 'ms'], [1e3, 'µs'], [1, 'ns']];
/** @type {[number, string][]} */
const BYTES = [[2 ** 40, 'TiB'], [2 ** 30, 'GiB'], [2 ** 20, 'MiB'], [1024, 'KiB'], [1, 'B']];

/**
 * Decimals with exact halves rounded to even, as the kernel does.
 * @param {number} value
 * @param {number} places at most 2
 */
function fixed(value, places) {
  const power = 10 ** places, tie = Math.abs(value * power % 1) == .5 && value * 8 % 1 == 0;
  return (tie ? 2 * Math.round(value * power / 2) / power : value).toFixed(places);
}

/** @param {number} value */
function grouped(value) {
  return value.toFixed().replace(/^-0$/, '0').replace(/\B(?=(\d{3})+$)/g, ' ');
}

/**
 * At least three significant digits, whole numbers whole.
 * @param {number} value
 */
function digits(value) {
  const size = Math.abs(value);
  if (size % 1 == 0 && size < 1e15) return grouped(value);
  if (size >= 100) return grouped(Math.sign(value) * Math.round(size));
  return size >= .01 ? fixed(value, size < 10 ? 2 : 1) : value.toExponential(1);
}

/**
 * @param {number} value
 * @param {Unit} unit
 */
function amount(value, { unitKind, unit, perSecond }) {
  const scale = unitKind == 'ns' ? TIME : unitKind == 'bytes' ? BYTES : null;
  const suffix = perSecond ? '/s' : '';
  if (scale) {
    const [size, prefix] = scale.find(([size]) => Math.abs(value) >= size) || scale[scale.length - 1];
    return `${digits(value / size)} ${prefix}${suffix}`;
  }
  if (unitKind == 'percent') return digits(value) + '%';
  if (unitKind == 'cores') return digits(value) + ' cores';
  const text = value % 1 ? digits(value) : grouped(value);
  return unitKind == 'none' ? text : `${text} ${unit}${suffix}`;
}

/**
 * @param {number} part
 * @param {number} whole
 */
function percent(part, whole) {
  const value = whole ? 100 * part / whole : 0;
  if (!whole) return '0%';
  if (value && Math.abs(value) < .05) return value > 0 ? '<0.1%' : '-0.0%';
  return fixed(value, 1).replace(/^(-?100)\.0$/, '$1') + '%';
}
