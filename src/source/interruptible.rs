//! A deserializer that stops after an interrupt.
//!
//! Code derived by serde takes no extra arguments. So the cancel flag is wrapped around the
//! deserializer and handed down with it, as `serde_path_to_error` does with its path. It is
//! checked at each item of a list and each name of an object. Only what JSON has is here;
//! `json` reads a text with it.

use std::fmt;

use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::forward_to_deserialize_any;

use crate::work::Cancel;

/// Something of serde's, with the flag that stops it.
pub(super) struct Interruptible<'w, T> {
    inner: T,
    cancel: &'w Cancel,
}

impl<'w, T> Interruptible<'w, T> {
    pub(super) fn new(inner: T, cancel: &'w Cancel) -> Self {
        Interruptible { inner, cancel }
    }

    fn check<E: de::Error>(&self) -> Result<(), E> {
        self.cancel.check().map_err(E::custom)
    }
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Interruptible<'_, D> {
    type Error = D::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.inner.deserialize_any(Interruptible::new(visitor, self.cancel))
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.inner.deserialize_seq(Interruptible::new(visitor, self.cancel))
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.inner.deserialize_map(Interruptible::new(visitor, self.cancel))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.inner.deserialize_option(Interruptible::new(visitor, self.cancel))
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.inner.deserialize_struct(name, fields, Interruptible::new(visitor, self.cancel))
    }

    /// Not wrapped: the enums of our formats are words.
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.inner.deserialize_enum(name, variants, visitor)
    }

    /// Not wrapped: to skip a value is fast, and serde_json does it without recursion.
    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.inner.deserialize_ignored_any(visitor)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct tuple tuple_struct identifier
    }
}

impl<'de, V: Visitor<'de>> Visitor<'de> for Interruptible<'_, V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.expecting(f)
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<V::Value, E> {
        self.inner.visit_bool(value)
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<V::Value, E> {
        self.inner.visit_i64(value)
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<V::Value, E> {
        self.inner.visit_u64(value)
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<V::Value, E> {
        self.inner.visit_f64(value)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<V::Value, E> {
        self.inner.visit_str(text)
    }

    fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<V::Value, E> {
        self.inner.visit_borrowed_str(text)
    }

    fn visit_unit<E: de::Error>(self) -> Result<V::Value, E> {
        self.inner.visit_unit()
    }

    fn visit_none<E: de::Error>(self) -> Result<V::Value, E> {
        self.inner.visit_none()
    }

    fn visit_some<D: Deserializer<'de>>(self, json: D) -> Result<V::Value, D::Error> {
        self.inner.visit_some(Interruptible::new(json, self.cancel))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<V::Value, A::Error> {
        self.inner.visit_seq(Interruptible::new(list, self.cancel))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<V::Value, A::Error> {
        self.inner.visit_map(Interruptible::new(map, self.cancel))
    }
}

impl<'de, A: SeqAccess<'de>> SeqAccess<'de> for Interruptible<'_, A> {
    type Error = A::Error;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, A::Error> {
        self.check()?;
        self.inner.next_element_seed(Interruptible::new(seed, self.cancel))
    }
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Interruptible<'_, A> {
    type Error = A::Error;

    fn next_key_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, A::Error> {
        self.check()?;
        self.inner.next_key_seed(Interruptible::new(seed, self.cancel))
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, A::Error> {
        self.inner.next_value_seed(Interruptible::new(seed, self.cancel))
    }
}

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for Interruptible<'_, S> {
    type Value = S::Value;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<S::Value, D::Error> {
        self.inner.deserialize(Interruptible::new(json, self.cancel))
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    struct Nested {
        #[expect(dead_code, reason = "reading it is what is tested")]
        rows: Option<Vec<Vec<f64>>>,
    }

    fn read(text: &str, cancel: &Cancel) -> Result<Nested, String> {
        let mut json = serde_json::Deserializer::from_str(text);
        Nested::deserialize(Interruptible::new(&mut json, cancel)).map_err(|e| e.to_string())
    }

    #[test]
    fn an_interrupt_is_noticed_before_the_next_item() {
        let text = r#"{"rows": [[1, 2.5], [-3]], "other": {}}"#;
        let cancel = Cancel::new();
        assert!(read(text, &cancel).is_ok());
        cancel.cancel();
        // The text after the first brace is never looked at.
        for text in [text, "{ nonsense"] {
            let error = read(text, &cancel).expect_err("an interrupt");
            assert!(error.starts_with("interrupted"), "{error}");
        }
    }
}
