//! The levels of flamebearer JSON: lists of numbers, which the API writes in quotes.

use std::fmt;

use serde::Deserialize;
use serde::de::{self, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::source::text::Rounding;

/// The numbers of all levels, one after another.
pub(super) struct Levels {
    numbers: Vec<i64>,
    pub(super) ends: Vec<usize>,
}

impl Levels {
    pub(super) fn level(&self, at: usize) -> &[i64] {
        let start = if at == 0 { 0 } else { self.ends[at - 1] };
        &self.numbers[start..self.ends[at]]
    }
}

impl<'de> Deserialize<'de> for Levels {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        json.deserialize_seq(LevelsVisitor)
    }
}

struct LevelsVisitor;

impl<'de> Visitor<'de> for LevelsVisitor {
    type Value = Levels;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of levels")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Levels, A::Error> {
        let mut levels = Levels { numbers: Vec::new(), ends: Vec::new() };
        while list.next_element_seed(Level(&mut levels.numbers))?.is_some() {
            levels.ends.push(levels.numbers.len());
        }
        Ok(levels)
    }
}

/// One level: a list of numbers, which the API puts into an object, as `values`.
struct Level<'a>(&'a mut Vec<i64>);

impl<'de> DeserializeSeed<'de> for Level<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Level<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a level of numbers")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while let Some(Whole(number)) = list.next_element()? {
            self.0.push(number);
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            match &*key {
                "values" => map.next_value_seed(Level(self.0))?,
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }
}

/// A whole number; the API writes long ones in quotes.
pub(super) struct Whole(i64);

impl<'de> Deserialize<'de> for Whole {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        json.deserialize_any(WholeVisitor)
    }
}

struct WholeVisitor;

impl Visitor<'_> for WholeVisitor {
    type Value = Whole;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a whole number")
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Whole, E> {
        Ok(Whole(number))
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Whole, E> {
        let number = i64::try_from(number);
        number.map(Whole).map_err(|_| E::custom("a number is too large"))
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Whole, E> {
        let whole = Rounding::default().whole(number);
        whole.map(Whole).ok_or_else(|| E::custom("a number is too large"))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Whole, E> {
        text.parse().map(Whole).map_err(|_| E::invalid_value(de::Unexpected::Str(text), &self))
    }
}
