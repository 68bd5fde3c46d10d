//! Numbers, addresses and bytes as 0x-prefixed text in JSON.

use primitive_types::{H160, U256};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What is written in hexadecimal.
pub(crate) trait Hex: Sized {
    fn show(&self) -> String;
    fn read(text: &str) -> Option<Self>;
}

impl Hex for U256 {
    fn show(&self) -> String {
        format!("{self:#x}")
    }

    fn read(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

impl Hex for H160 {
    fn show(&self) -> String {
        format!("{self:?}")
    }

    fn read(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

impl Hex for Vec<u8> {
    fn show(&self) -> String {
        format!("0x{}", hex::encode(self))
    }

    fn read(text: &str) -> Option<Self> {
        hex::decode(text.strip_prefix("0x")?).ok()
    }
}

/// A value in its hexadecimal form.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Hexed<T>(pub(crate) T);

impl<T: Hex> Serialize for Hexed<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0.show())
    }
}

impl<'de, T: Hex> Deserialize<'de> for Hexed<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        T::read(&text).map(Self).ok_or_else(|| D::Error::custom(format!("`{text}` is not hexadecimal")))
    }
}
