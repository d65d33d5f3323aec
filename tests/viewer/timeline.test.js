// The arithmetic of an interactive timeline: numbers, instants, ticks, gaps.

"use strict";

const assert = require("node:assert/strict");
const { test } = require("node:test");
const { TIMELINE, read } = require("./sources.js");

const source = read(TIMELINE, "timeline.js");
const names = "digits amount instant range valueTicks timeTicks runs bands extent".split(" ");
const {
  digits, amount, instant, range, valueTicks, timeTicks, runs, bands, extent,
} = new Function(`${source}\nreturn { ${names} };`)();

const BYTES = [[1048576, " MiB"], [1024, " KiB"], [1, " B"]];
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const NOON = Date.UTC(2026, 10, 23, 12);

test("numbers have at least three significant digits, and whole numbers have all their digits", () => {
  for (const [value, text] of [
    [0, "0"], [7, "7"], [-0, "0"], [0.25, "0.25"], [1.234, "1.23"], [12.34, "12.3"],
    [123.6, "124"], [1234.5, "1 235"], [12_345_678, "12 345 678"], [0.001, "0.00100"],
    [-3.456, "-3.46"], [-1000, "-1 000"],
  ]) assert.equal(digits(value), text);
});

test("a value has the largest prefix that it reaches", () => {
  assert.equal(amount(3 * 1048576, BYTES), "3 MiB");
  assert.equal(amount(-2048, BYTES), "-2 KiB");
  assert.equal(amount(0, BYTES), "0 B");
  assert.equal(amount(0.5, BYTES), "0.50 B");
  assert.equal(amount(12.5, [[1, "%"]]), "12.5%");
});

test("a range is written as the query language reads it, with a fraction only if it has one", () => {
  const from = Date.UTC(2026, 10, 23, 4, 51, 4);
  assert.equal(range(from, from + 56_000), "[2026-11-23T04:51:04Z .. 2026-11-23T04:52:00Z]");
  assert.equal(instant(from + 250), "2026-11-23T04:51:04.250Z");
});

test("value ticks are round numbers between the ends", () => {
  assert.deepEqual(valueTicks(0, 10, 5), [0, 2, 4, 6, 8, 10]);
  assert.deepEqual(valueTicks(-0.35, 0.35, 7), [-0.3, -0.2, -0.1, 0, 0.1, 0.2, 0.3].map((n) => n || 0));
  assert.deepEqual(valueTicks(0, 1.05, 6), [0, 0.2, 0.4, 0.6, 0.8, 1]);
});

test("time ticks are times of day, and midnight is the date", () => {
  const texts = (from, to, most) => timeTicks(from, to, most).map((tick) => tick.text);
  assert.deepEqual(texts(NOON, NOON + 2 * HOUR, 5), ["12:00", "12:30", "13:00", "13:30", "14:00"]);
  assert.deepEqual(texts(NOON, NOON + 40_000, 4), ["12:00:00", "12:00:15", "12:00:30"]);
  const evening = NOON + 11 * HOUR;
  assert.deepEqual(texts(evening, evening + 2 * HOUR, 3), ["23:00", "Nov 24", "01:00"]);
});

test("a gap splits a line, and a single point is a run of its own", () => {
  assert.deepEqual(runs([1, 2, null, 3, null, null, 4, 5]), [[0, 1], [3], [6, 7]]);
  assert.deepEqual(runs([null, 1]), [[1]]);
  assert.deepEqual(runs([null, null]), []);
});

test("the axis contains zero and every value, and has a length for a line of zeros too", () => {
  const line = (...values) => ({ values, lows: [], highs: [], margins: [] });
  assert.deepEqual(extent([line(100, null), line(20)]), [0, 105]);
  assert.deepEqual(extent([line(-100, 100)]), [-105, 105]);
  assert.deepEqual(extent([line(0, 0)]), [0, 1]);
  assert.deepEqual(extent([]), [0, 1]);
});

test("the axis holds the recorded extremes of a step, and many points", () => {
  assert.deepEqual(extent([{ values: [20], lows: [-100], highs: [100], margins: [] }]), [-105, 105]);
  const many = Array(200_000).fill(100);
  assert.deepEqual(extent([{ values: many, lows: many, highs: many, margins: [] }]), [0, 105]);
});

test("a band is the recorded range, another the interval, which is not below zero", () => {
  const line = { values: [2, null, 5], lows: [1, null, 5], highs: [3, null, 5], margins: [4, null, 0.5] };
  assert.deepEqual(bands(line), [[[1, null, 5], [3, null, 5]], [[0, null, 4.5], [6, null, 5.5]]]);
  assert.deepEqual(bands({ ...line, lows: [], highs: [] }), [[[0, null, 4.5], [6, null, 5.5]]]);
  assert.deepEqual(bands({ ...line, margins: [] }), [[[1, null, 5], [3, null, 5]]]);
  const change = { values: [-2], lows: [], highs: [], margins: [1] };
  assert.deepEqual(bands(change), [[[-3], [-1]]]);
});
