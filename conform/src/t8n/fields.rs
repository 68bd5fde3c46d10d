//! JSON objects whose fields are taken one by one, so that what is wrong has a name.

use super::error::{FieldError, FieldProblem};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// An object and where it stands.
#[derive(Default)]
pub(super) struct Object {
    place: String,
    fields: Map<String, Value>,
}

impl Object {
    /// The object that `value`, at `place`, must be.
    pub(super) fn of(value: Value, place: &str) -> Result<Self, FieldError> {
        let place = place.to_owned();
        match value {
            Value::Object(fields) => Ok(Self { place, fields }),
            other => Err(kind(place, "an object", &other)),
        }
    }

    /// Where a field of it stands.
    pub(super) fn at(&self, name: &str) -> String {
        if self.place.is_empty() { name.to_owned() } else { format!("{}.{name}", self.place) }
    }

    /// The error of a field.
    pub(super) fn error(&self, name: &str, problem: FieldProblem) -> FieldError {
        FieldError { place: self.at(name), problem }
    }

    /// The value of a field that may be missing or null.
    pub(super) fn optional<T: DeserializeOwned>(&mut self, name: &str) -> Result<Option<T>, FieldError> {
        match self.fields.remove(name) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => serde_json::from_value(value)
                .map(Some)
                .map_err(|error| self.error(name, FieldProblem::Value(error))),
        }
    }

    /// The value of a field that must be there.
    pub(super) fn required<T: DeserializeOwned>(&mut self, name: &str) -> Result<T, FieldError> {
        self.optional(name)?.ok_or_else(|| self.error(name, FieldProblem::Missing))
    }

    /// The items of a list that may be missing or null, with their places.
    pub(super) fn list(&mut self, name: &str) -> Result<Option<Vec<(String, Value)>>, FieldError> {
        match self.fields.remove(name) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => list(value, &self.at(name)).map(Some),
        }
    }

    /// The objects of a list that may be missing or null.
    pub(super) fn objects(&mut self, name: &str) -> Result<Option<Vec<Self>>, FieldError> {
        let items = self.list(name)?;
        items.map(|items| items.into_iter().map(|(place, item)| Self::of(item, &place)).collect()).transpose()
    }

    /// Names of the fields.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.fields.keys().map(String::as_str)
    }

    /// Every field with its name, in the order of [`Object::names`].
    pub(super) fn into_fields(self) -> Map<String, Value> {
        self.fields
    }
}

/// The items of the list that `value`, at `place`, must be, with their places.
pub(super) fn list(value: Value, place: &str) -> Result<Vec<(String, Value)>, FieldError> {
    match value {
        Value::Array(items) => {
            let item = |(index, item)| (format!("{place}[{index}]"), item);
            Ok(items.into_iter().enumerate().map(item).collect())
        }
        other => Err(kind(place.to_owned(), "a list", &other)),
    }
}

fn kind(place: String, expected: &'static str, found: &Value) -> FieldError {
    let found = match found {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    };
    FieldError { place, problem: FieldProblem::Kind { expected, found } }
}
