use std::collections::BTreeSet;

use serde_json::{Map, Value, json};
use utoipa::PartialSchema;

use super::{
    super::request::{MAX_ITEMS, new_order},
    *,
};
use crate::http::json::TAKEN;

fn members<T: PartialSchema>() -> Map<String, Value> {
    let schema = serde_json::to_value(T::schema()).unwrap();
    schema["properties"].as_object().unwrap().clone()
}

/// What is said against a field of an order, or of its one line.
fn said(at: &str, name: &str, value: &Value) -> Option<String> {
    let body = if at.is_empty() { json!({name: value}) } else { json!({"items": [{name: value}]}) };
    let errors = new_order(&body.to_string()).unwrap_err().errors;
    errors.into_iter().find(|error| error.field == format!("{at}{name}")).map(|error| error.detail)
}

fn read(body: &str) -> BTreeSet<String> {
    TAKEN.take();
    let _ = new_order(body);
    TAKEN.take()
}

#[test]
fn what_is_described_is_what_is_read() {
    let described: BTreeSet<_> = members::<NewOrderSchema>().into_iter().map(|(name, _)| name).collect();
    assert_eq!(read("{}"), described);
    let lines = members::<ItemSchema>().into_iter().map(|(name, _)| format!("items[0].{name}"));
    assert_eq!(read(r#"{"items":[{}]}"#), described.into_iter().chain(lines).collect());
}

#[test]
fn what_is_described_as_the_limit_is_the_limit() {
    let mut limits = 0;
    let lines = members::<ItemSchema>().into_iter().map(|member| ("items[0].", member));
    for (at, (name, schema)) in
        members::<NewOrderSchema>().into_iter().map(|member| ("", member)).chain(lines)
    {
        let Some(max) = schema["maxLength"].as_u64() else { continue };
        let text = |length: u64| Value::from("x".repeat(usize::try_from(length).unwrap()));
        assert_eq!(schema["minLength"], 1, "{name}");
        assert!(said(at, &name, &text(0)).is_some() && said(at, &name, &text(max + 1)).is_some(), "{name}");
        assert_eq!(said(at, &name, &text(max)), None, "{name}");
        limits += 1;
    }
    assert_eq!(limits, 6);
    assert_eq!(members::<NewOrderSchema>()["items"]["maxItems"], MAX_ITEMS);
}
