// An interactive timeline: values under the pointer, a legend that hides lines, and a selection
// whose range can be pasted into a query. The static picture stays in the page; readers see it where
// scripts do not run.
//
// All data comes in one argument, and nothing is fetched. Markup contains numbers and colours only;
// names and units are set as text. The first half is arithmetic and is tested without a page.

/**
 * One group: a value for each step, null where there was no profile. `lows` and `highs` are the
 * recorded range of each step, empty if each value is all that was recorded. `margins` are half of
 * the 95 % interval of each value, empty if that is not known.
 * @typedef {{name: string, colour: string, dashed: boolean, values: (number|null)[], lows: (number|null)[], highs: (number|null)[], margins: (number|null)[]}} Line
 *
 * `start` and `step` are milliseconds, in UTC. `every` is the step and `days` are the dates of the
 * axis, both as text. `scale` has the prefixes of the unit, largest first.
 * @typedef {{start: number, step: number, every: string, days: string, scale: [number, string][], title: string, lines: Line[]}} Timeline
 */

/**
 * At least three significant digits; whole numbers have all their digits, in groups of three.
 * @param {number} value
 */
function digits(value) {
  const size = Math.abs(value);
  if (size >= 100 || Number.isInteger(value)) {
    return value.toFixed(0).replace(/\B(?=(\d{3})+$)/g, " ");
  }
  return size >= 0.1 ? value.toFixed(size >= 10 ? 1 : 2) : value.toPrecision(3);
}

/**
 * The largest prefix that is at most the value, or the smallest prefix.
 * @param {number} value
 * @param {[number, string][]} scale
 */
function prefix(value, scale) {
  return scale.find(([size]) => Math.abs(value) >= size) || scale[scale.length - 1];
}

/**
 * `1.23 s`
 * @param {number} value
 * @param {[number, string][]} scale
 */
function amount(value, scale) {
  const [size, name] = prefix(value, scale);
  return digits(value / size) + name;
}

/**
 * An instant as the query language writes it, with a fraction only if it has one.
 * @param {number} time
 */
function instant(time) {
  return new Date(time).toISOString().replace(".000Z", "Z");
}

/**
 * A range of the query language, which does not include its end.
 * @param {number} from
 * @param {number} to
 */
function range(from, to) {
  return `[${instant(from)} .. ${instant(to)}]`;
}

/**
 * Round values between the ends, about `most` of them at most.
 * @param {number} low
 * @param {number} high
 * @param {number} most
 */
function valueTicks(low, high, most) {
  const rough = (high - low) / most;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5].find((n) => n * power >= rough) || 10);
  const ticks = [];
  for (let i = Math.ceil(low / step); i * step <= high; i++) ticks.push(Number((i * step).toPrecision(9)));
  return ticks;
}

/** Distances between ticks, in seconds: parts of a day, or whole days. */
const TIME_STEPS = [1, 60].flatMap((unit) => [1, 2, 5, 10, 15, 30].map((n) => n * unit))
  .concat([1, 2, 3, 6, 12, 24, 48, 168, 336, 720, 8760].map((n) => n * 3600));

/**
 * Round times of day, in UTC.
 * @param {number} from in milliseconds
 * @param {number} to
 * @param {number} most
 * @returns {{time: number, text: string}[]}
 */
function timeTicks(from, to, most) {
  const fits = TIME_STEPS.find((step) => (to - from) / 1e3 / step < most);
  const step = 1e3 * (fits || 315360000);
  const ticks = [];
  for (let time = Math.ceil(from / step) * step; time <= to; time += step) {
    const [, day, month, , clock] = new Date(time).toUTCString().split(" ");
    // Midnight is written as the date.
    const text = time % 864e5 ? clock.slice(0, step < 6e4 ? 8 : 5) : `${month} ${Number(day)}`;
    ticks.push({ time, text });
  }
  return ticks;
}

/**
 * Runs without a gap, as indices of values.
 * @param {(number|null)[]} values
 */
function runs(values) {
  /** @type {number[][]} */
  const found = [];
  values.forEach((value, i) => {
    if (value === null) return;
    if (i && values[i - 1] !== null) found[found.length - 1].push(i);
    else found.push([i]);
  });
  return found;
}

/**
 * The edges of the bands of a line: its recorded range, and the interval of its values, which is not
 * below zero where no value is.
 * @param {Line} line
 * @returns {(number|null)[][][]}
 */
function bands({ values, lows, highs, margins }) {
  /** @param {number} sign */
  const ends = (sign) => values.map((value, i) => value === null ? null : value + sign * (margins[i] || 0));
  const least = ends(-1).map((low, i) => low !== null && (lows[i] ?? values[i] ?? 0) >= 0 ? Math.max(0, low) : low);
  return [[lows, highs], [least, ends(1)]].filter((_, i) => [highs, margins][i].length);
}

/**
 * The smallest and the largest value, as a range that contains zero.
 * @param {Line[]} lines
 */
function extent(lines) {
  // A gap becomes a zero, which is in the range anyway.
  const values = lines.flatMap((line) => [line.values, ...bands(line).flat()].flat().map(Number));
  // Not by `Math.max(...values)`: the number of arguments is limited.
  const low = values.reduce((a, b) => Math.min(a, b), 0);
  const high = values.reduce((a, b) => Math.max(a, b), 0);
  return high === low ? [0, 1] : [low * 1.05, high * 1.05];
}

/**
 * The element that this script follows, else the first one without an interactive chart.
 * @returns {Element|undefined}
 */
function findRoot() {
  const before = document.currentScript?.previousElementSibling;
  if (before?.matches(".flamebook-chart")) return before;
  const all = document.querySelectorAll(".flamebook-chart");
  return [...all].find((root) => !root.querySelector(".flamebook-live"));
}

/**
 * @template {keyof HTMLElementTagNameMap} K
 * @param {Element} parent
 * @param {K} tag
 * @param {string} css
 */
function add(parent, tag, css, text = "") {
  const child = document.createElement(tag);
  child.style.cssText = css;
  child.textContent = text;
  parent.append(child);
  return child;
}

/**
 * @param {string} d
 * @param {string} css
 */
function path(d, css) {
  return `<path d="${d}" style="fill:none;${css}"/>`;
}

/**
 * @param {number} x
 * @param {number} y
 * @param {string} anchor
 * @param {string|number} text
 */
function label(x, y, anchor, text) {
  return `<text x="${x}" y="${y}" text-anchor="${anchor}" opacity=".75">${text}</text>`;
}

const TOP = 26;
const BOTTOM = 260;
const LEFT = 64;
/** Width of a letter of a label, in pixels. */
const LETTER = 7.5;
const BUTTON = "background:none;border:0;padding:0;margin-right:18px;text-align:left;font:inherit;color:inherit;cursor:pointer";
// Otherwise the notebook's shortcuts would take the arrow keys.
const PARTS = `<div class="flamebook-live" data-lm-suppress-shortcuts="true" style="position:relative;font:13px/20px sans-serif">
<svg tabindex="0" role="application" style="display:block;width:100%;height:300px;touch-action:pan-y;cursor:crosshair;user-select:none;fill:currentColor"></svg>
<div role="status" style="position:absolute;top:26px;z-index:9;pointer-events:none;padding:4px 8px;border:1px solid #8888;max-width:70%;overflow:hidden;white-space:nowrap;background:var(--jp-layout-color1,var(--vscode-editor-background,Canvas));color:var(--jp-ui-font-color1,var(--vscode-editor-foreground,CanvasText))"></div>
<div style="padding-left:${LEFT}px;overflow-wrap:anywhere"></div>
<div role="status" style="padding-left:${LEFT}px;min-height:26px"></div></div>`;

/**
 * Shows the interactive chart in place of the static one.
 * @param {Timeline} data
 */
function timeline({ start, step, every, days, scale, title, lines }) {
  const root = findRoot();
  if (!root) return;
  const last = lines[0].values.length - 1;
  /** Lines that the legend hides. @type {Set<Line>} */
  const off = new Set();
  let width = 0;
  // Where the value axis is: its labels are whole.
  let left = LEFT;
  // The step whose values are shown, and the one where a selection began; -1 for none.
  let cursor = -1;
  let anchor = -1;
  /** The first and the last step of the selection; empty for none. @type {number[]} */
  let selected = [];

  // In a saved page, or when the script runs again, there is an older chart.
  root.querySelector(".flamebook-live")?.remove();
  const still = /** @type {HTMLElement} */ (root.firstElementChild);
  root.insertAdjacentHTML("afterbegin", PARTS);
  const live = root.children[0];
  const [svg, tip, legend, choice] = /** @type {HTMLElement[]} */ ([...live.children]);
  svg.ariaLabel = `${title}. Arrow keys move, with Shift they select, Escape clears.`;

  const shown = () => lines.filter((line) => !off.has(line));
  /** @param {number} i */
  const clamp = (i) => Math.max(0, Math.min(last, i));
  /** @param {number} i a step, or a fraction of one */
  const at = (i) => start + i * step;
  const inner = () => width - left - 16;
  /** @param {number} i */
  const x = (i) => left + i / (last + 1) * inner();
  /** @param {number} i a step; its point is in its middle */
  const middle = (i) => x(i + 0.5).toFixed(1);
  /** @param {Element} parent @param {Line} line */
  const swatch = (parent, { dashed, colour }) => add(parent, "span", `display:inline-block;width:20px;margin-right:6px;vertical-align:middle;border-top:3px ${dashed ? "dashed" : "solid"} ${colour}`);

  const draw = () => {
    const [low, high] = extent(shown());
    const [size, unit] = prefix(Math.max(high, -low) / 1.05, scale);
    /** @param {number} value */
    const y = (value) => BOTTOM - (value - low) / (high - low) * (BOTTOM - TOP);
    const ticks = valueTicks(low / size, high / size, 6);
    /** @param {number} tick */
    const written = (tick) => Math.abs(tick) < 1e3 ? String(tick) : digits(tick);
    left = Math.max(LEFT, ...ticks.map((tick) => 12 + LETTER * written(tick).length));
    let picture = label(left, 14, "start", "");
    let grid = "";
    for (const tick of ticks) {
      const level = y(tick * size);
      grid += `M${left} ${level}h${inner()}`;
      picture += label(left - 6, level + 4, "end", written(tick));
    }
    for (const { time, text } of timeTicks(start, at(last + 1), Math.max(2, width / 110))) {
      const place = x((time - start) / step);
      grid += `M${place} ${TOP}V${BOTTOM}`;
      // The last label stays inside.
      const ends = place + LETTER * text.length / 2 > width;
      picture += label(ends ? width : place, BOTTOM + 16, ends ? "end" : "middle", text);
    }
    picture += label(left + inner() / 2, 294, "middle", days) + path(grid, "stroke:#808080;opacity:.25");
    for (const line of shown()) {
      const { colour, dashed, values } = line;
      for (const run of runs(values)) {
        /** @param {(number|null)[]} ends */
        const edge = (ends) => run.map((i) => `${middle(i)} ${y(ends[i] || 0).toFixed(1)}`);
        for (const [lows, highs] of bands(line)) picture += path(`M${edge(highs).join("L")}L${edge(lows).reverse().join("L")}Z`, `fill:${colour};stroke:${colour};opacity:.25`);
        // A single point is a dot: a line of no length with round ends.
        const dot = run.length < 2;
        const d = "M" + edge(values).join("L");
        const pen = dot ? "6;stroke-linecap:round" : dashed ? "2;stroke-dasharray:6 4" : 2;
        picture += path(dot ? `${d}h0` : d, `stroke:${colour};stroke-width:${pen}`);
        if (lines.length < 2) picture += path(`${d}V${y(0)}H${middle(run[0])}Z`, `fill:${colour};opacity:.15`);
      }
    }
    // On paper the page is narrower and nothing is drawn anew: the whole picture shrinks.
    svg.setAttribute("viewBox", `0 0 ${width} 300`);
    svg.innerHTML = `${picture}<g></g>`;
    svg.children[0].textContent = unit.trim();
    mark();
  };

  /** Draws what moves with the pointer: the cursor with its values, and the selection. */
  const mark = () => {
    const [from, end] = [x(selected[0]), x(selected[1] + 1)];
    const place = Number(middle(cursor));
    const marks = svg.lastElementChild;
    if (!marks) return;
    marks.innerHTML = (selected.length ? path(`M${from} ${TOP}V${BOTTOM}H${end}V${TOP}Z`, "fill:#2f88c9;opacity:.25") : "")
      + (cursor < 0 ? "" : path(`M${place} ${TOP}V${BOTTOM}`, "stroke:currentColor;opacity:.5"));
    tip.textContent = "";
    tip.hidden = cursor < 0;
    if (tip.hidden) return;
    add(tip, "div", "", `${instant(at(cursor)).replace("T", " ").replace("Z", " UTC")}, ${every}`);
    for (const line of shown()) {
      const value = line.values[cursor];
      const row = add(tip, "div", "");
      swatch(row, line);
      add(row, "b", "", value === null ? "no profile" : amount(value, scale));
      if (line.margins[cursor]) row.append(` ± ${amount(line.margins[cursor] || 0, scale)}`);
      const [lowest, highest] = [line.lows[cursor] || 0, line.highs[cursor] || 0];
      if (lowest < highest) row.append(` (${amount(lowest, scale)} .. ${amount(highest, scale)})`);
      row.append(` ${line.name}`);
    }
    const beside = place > width / 2 ? place - tip.offsetWidth - 12 : place + 12;
    tip.style.left = `${Math.max(0, beside)}px`;
  };

  /** Selects from the anchor to a step, and shows the range to copy. @param {number} to */
  const select = (to) => {
    selected = anchor < 0 ? [] : [Math.min(anchor, to), Math.max(anchor, to)];
    choice.textContent = anchor < 0 ? "Drag to select a range of time." : "";
    if (anchor < 0) return;
    const [from, end] = [selected[0], selected[1] + 1];
    const text = add(choice, "code", "user-select:all", range(at(from), at(end)));
    choice.append(` ${end - from} × ${every} `);
    const copy = add(choice, "button", "font:inherit;cursor:pointer", "Copy");
    copy.onclick = () => {
      // Pages without https have no `navigator.clipboard`.
      getSelection()?.selectAllChildren(text);
      copy.textContent = document.execCommand("copy") ? "Copied" : "Press Ctrl+C";
    };
  };

  for (const line of lines) {
    if (!line.name) continue;
    const entry = add(legend, "button", BUTTON);
    swatch(entry, line);
    entry.append(line.name);
    entry.ariaPressed = "true";
    entry.onclick = () => {
      const on = off.delete(line);
      if (!on) off.add(line);
      entry.ariaPressed = String(on);
      entry.style.opacity = on ? "1" : ".4";
      draw();
    };
  }

  let pressed = 0;
  /** @param {PointerEvent} event */
  const follow = ({ clientX, pointerId }) => {
    const held = svg.hasPointerCapture(pointerId);
    // A click that moves a little is not a selection.
    if (held && anchor < 0 && Math.abs(clientX - pressed) > 3) anchor = cursor;
    const from = svg.getBoundingClientRect().left + left;
    cursor = clamp(Math.floor((clientX - from) / inner() * (last + 1)));
    if (held) select(cursor);
    mark();
  };
  svg.onpointermove = follow;
  svg.onpointerdown = (event) => {
    if (event.button) return;
    svg.setPointerCapture(event.pointerId);
    svg.style.outline = "none";
    pressed = event.clientX;
    anchor = -1;
    follow(event);
  };
  svg.onpointerleave = () => {
    cursor = -1;
    mark();
  };
  svg.onkeydown = (event) => {
    /** @type {Object<string, number>} */
    const moves = { ArrowLeft: cursor - 1, ArrowRight: cursor + 1, Home: 0, End: last };
    if (event.key in moves) {
      const to = clamp(moves[event.key]);
      if (!event.shiftKey) anchor = -1;
      else if (anchor < 0) anchor = clamp(cursor);
      if (event.shiftKey) select(to);
      cursor = to;
    } else if (event.key === "Escape") {
      anchor = cursor = -1;
      select(-1);
    } else return;
    svg.style.outline = "";
    event.preventDefault();
    event.stopPropagation();
    mark();
  };

  select(-1);
  // A hidden tab has no width; the static picture stays until it has one.
  new ResizeObserver(() => {
    if (!live.clientWidth || live.clientWidth === width) return;
    width = live.clientWidth;
    still.style.display = "none";
    draw();
  }).observe(live);
}
