// Types of a shop.
import type { Item } from "./item";
import { Injectable, Input } from "@angular/core";

export type Id = string | number;
export type Handler<T> = (event: T, more?: { a: number; b: string }) => void;
type Big = {
  alpha: string; beta: string; gamma: string; delta: string; epsilon: string; zeta: string; eta: string;
};

/** What can be sold. */
export interface Sellable<T extends Item = Item> extends Named {
  readonly id: Id;
  price?: number;
  sell(item: T, count?: number): Promise<void>;
  (call: string): void;
  [key: string]: unknown;
}

export enum Colour { Red = "red", Green = 1, Blue }
declare const enum Flags { A = 1 << 0 }

/** A shop. */
@Injectable({ providedIn: "root" })
export abstract class Shop<T> extends Base<T> implements Sellable<T>, Named {
  static readonly limit: number = 10;
  @Input() name?: string;
  private readonly items: Map<string, T> = new Map();

  constructor(private readonly http: Http, public name: string) { super(); }

  /** Sells one. */
  async sell<K extends keyof T>(item: T, count: K = 1): Promise<void> {}
  abstract close(): void;
  get open(): boolean { return true; }
  private handle = (event: Event): void => {};
}

export function area(side: number): number;
export function area(width: number, height: number): number;
export function area(a: number, b?: number): number { return a * (b ?? a); }

export namespace Geo {
  export const PI: number = 3.14;
  export function round(x: number): number { return x; }
}
declare module "shop" {
  export function open(name: string): Shop<Item>;
}
declare global { interface Window { shop: Shop<Item>; } }
export default function <T>(x: T): T { return x; }
