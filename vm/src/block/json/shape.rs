//! JSON read in one pass without losing the path: every value is taken as it comes, and a value of the wrong kind is
//! remembered as such, so that whoever knows the path can say what is wrong where.

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

/// Kind of a JSON value, as messages name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[expect(missing_docs, reason = "JSON's own kinds")]
pub enum JsonKind {
    Null,
    Boolean,
    Number,
    String,
    Array,
    Object,
}

impl fmt::Display for JsonKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Null => "null",
            Self::Boolean => "a boolean",
            Self::Number => "a number",
            Self::String => "a string",
            Self::Array => "an array",
            Self::Object => "an object",
        })
    }
}

/// A field as it was found.
#[derive(Debug, Default)]
pub(super) enum Field<T> {
    #[default]
    Absent,
    Is(T),
    /// A value of another kind than `T`; null is one.
    Other(JsonKind),
}

/// What a JSON value of one kind is read into. Each method takes a value of its kind whole.
pub(super) trait Shape<'de>: Sized {
    const KIND: JsonKind;

    fn from_text(_: Cow<'de, str>) -> Option<Self> {
        None
    }

    fn from_bool(_: bool) -> Option<Self> {
        None
    }

    fn from_array<A: SeqAccess<'de>>(mut array: A) -> Result<Option<Self>, A::Error> {
        while array.next_element::<IgnoredAny>()?.is_some() {}
        Ok(None)
    }

    fn from_object<A: MapAccess<'de>>(mut object: A) -> Result<Option<Self>, A::Error> {
        while object.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(None)
    }
}

/// A string, borrowed where it has no escapes.
#[derive(Debug)]
pub(super) struct Text<'a>(pub(super) Cow<'a, str>);

impl<'de: 'a, 'a> Shape<'de> for Text<'a> {
    const KIND: JsonKind = JsonKind::String;

    fn from_text(text: Cow<'de, str>) -> Option<Self> {
        Some(Self(text))
    }
}

impl Shape<'_> for bool {
    const KIND: JsonKind = JsonKind::Boolean;

    fn from_bool(value: bool) -> Option<Self> {
        Some(value)
    }
}

/// An array.
#[derive(Debug)]
pub(super) struct List<T>(pub(super) Vec<Field<T>>);

impl<'de, T: Shape<'de>> Shape<'de> for List<T> {
    const KIND: JsonKind = JsonKind::Array;

    fn from_array<A: SeqAccess<'de>>(mut array: A) -> Result<Option<Self>, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = array.next_element()? {
            items.push(item);
        }
        Ok(Some(Self(items)))
    }
}

/// An object with keys from outside, in the order of the file.
#[derive(Debug)]
pub(super) struct Entries<'a, T>(pub(super) Vec<(Cow<'a, str>, Field<T>)>);

impl<'de: 'a, 'a, T: Shape<'de>> Shape<'de> for Entries<'a, T> {
    const KIND: JsonKind = JsonKind::Object;

    fn from_object<A: MapAccess<'de>>(mut object: A) -> Result<Option<Self>, A::Error> {
        let mut entries = Vec::new();
        while let Some((Key(key), value)) = object.next_entry()? {
            entries.push((key, value));
        }
        Ok(Some(Self(entries)))
    }
}

/// An object with known keys. Others are passed over; a known key that comes twice is an error of the JSON.
#[derive(Debug)]
pub(super) struct Object<T>(pub(super) T);

impl<'de, T: Deserialize<'de>> Shape<'de> for Object<T> {
    const KIND: JsonKind = JsonKind::Object;

    fn from_object<A: MapAccess<'de>>(object: A) -> Result<Option<Self>, A::Error> {
        T::deserialize(MapAccessDeserializer::new(object)).map(|object| Some(Self(object)))
    }
}

/// A key, borrowed where it has no escapes.
struct Key<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Key<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct KeyVisitor;
        impl<'de> Visitor<'de> for KeyVisitor {
            type Value = Cow<'de, str>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a key")
            }

            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Cow::Borrowed(text))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Cow::Owned(text.to_owned()))
            }
        }
        deserializer.deserialize_str(KeyVisitor).map(Self)
    }
}

impl<'de, T: Shape<'de>> Deserialize<'de> for Field<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(FieldVisitor(PhantomData))
    }
}

struct FieldVisitor<T>(PhantomData<T>);

impl<'de, T: Shape<'de>> FieldVisitor<T> {
    fn field(value: Option<T>, found: JsonKind) -> Field<T> {
        value.map_or(Field::Other(found), Field::Is)
    }
}

impl<'de, T: Shape<'de>> Visitor<'de> for FieldVisitor<T> {
    type Value = Field<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", T::KIND)
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(Field::Other(JsonKind::Null))
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Self::Value, E> {
        Ok(Self::field(T::from_bool(value), JsonKind::Boolean))
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Self::Value, E> {
        Ok(Field::Other(JsonKind::Number))
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<Self::Value, E> {
        Ok(Field::Other(JsonKind::Number))
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Self::Value, E> {
        Ok(Field::Other(JsonKind::Number))
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Self::field(T::from_text(Cow::Borrowed(text)), JsonKind::String))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Self::field(T::from_text(Cow::Owned(text.to_owned())), JsonKind::String))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, array: A) -> Result<Self::Value, A::Error> {
        T::from_array(array).map(|value| Self::field(value, JsonKind::Array))
    }

    fn visit_map<A: MapAccess<'de>>(self, object: A) -> Result<Self::Value, A::Error> {
        T::from_object(object).map(|value| Self::field(value, JsonKind::Object))
    }
}
