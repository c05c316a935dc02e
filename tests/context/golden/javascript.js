#!/usr/bin/env node
/**
 * A shop: things and their prices.
 * More about it.
 */
"use strict";
import fs, { readFile as read } from "node:fs"; // files
import * as path from "node:path";
import "./side-effect.js";
const http = require("http");

export const LIMIT = 10, NAMES = ["a", "b"];
const TABLE = {
  a: 1, b: 2, c: 3, d: 4, e: 5, f: 6, g: 7, h: 8, i: 9, j: 10, k: 11, l: 12, m: 13, n: 14, o: 15, p: 16,
};
let counter = 0;

/** Sells | things `quickly`. */
export default class Shop extends mixin(Base) {
  static #secret = 1;
  name = "x";

  // Opens it.
  constructor(name, { price = 1, note = "it's  two" } = {}) {
    super(name);
  }
  get open() { return true; }
  set open(value) { this.o = value; }
  static async *sell(
    item, // what
    price = 3,
  ) {
    function inner() {}
  }
  handle = async (event) => { event.stop(); };
  ["computed" + 1]() {}
}

/* Adds. */
function add(a, b = [1, 2], ...rest) {
  return a + b;
}
export const double = (x) => x * 2;
export const later = async function (x) { return x; };
const Inner = class extends Shop { deep() {} };
if (process.env.DEBUG) {
  function onlyDebug() {}
}
add.curried = function (a) { return (b) => add(a, b); };
module.exports = { add, Shop };
exports.extra = (a, b) => a;
export { add, double as twice };
export * from "./more.js";
add(1, 2);
const choose = (item, options) => typeof item === "string" ? new Shop([item], options)
  : Array.isArray(item) ? new Shop(item, options)
  : item === undefined ? options.fallback : item;
