//! Prices of things.
//!
//! More about it.
#![allow(dead_code)]

use std::collections::{BTreeMap, HashMap};
use crate::near as close;
extern crate serde;
mod other;

pub const LIMIT: usize = 10;
static NAMES: [&str; 2] = ["a", "b"];
pub type Result<T> = std::result::Result<T, Error>;

/// Sells | things `quickly`.
///
/// More.
#[derive(Debug, Clone)]
#[serde(rename_all = "camelCase")]
pub struct Shop<'a, T: Item>
where
    T: Clone,
{
    /// Its name.
    pub name: &'a str,
    items: Vec<T>, // all
}
pub struct Unit;
pub struct Pair(pub i32, String);

/// What went wrong.
pub enum Error {
    Missing(String),
    Other { code: i32 },
    Unknown = 3,
}

pub trait Sell: Send {
    type Price;
    const MAX: u32 = 1;
    /// Sells one.
    fn sell(&mut self, item: &str) -> Result<Self::Price>;
    fn open(&self) -> bool { true }
}

impl<'a, T: Item + Clone> Sell for Shop<'a, T> {
    type Price = u32;
    fn sell(
        &mut self,
        item: &str, // which
    ) -> Result<u32> {
        fn inner() {}
        Ok(1)
    }
}
impl Pair {
    pub const fn new(a: i32) -> Self { Pair(a, String::new()) }
}

#[inline]
pub async unsafe fn fetch<F>(f: F) -> impl Iterator<Item = u8> where F: Fn(i32) -> i32 { f(1) }

extern "C" {
    fn c_side(x: i32) -> i32;
}

macro_rules! shout { ($x:expr) => { $x }; }

pub mod inner {
    pub fn deep() {}
}

#[cfg(test)]
mod tests {
    #[test]
    fn works() {}
}
