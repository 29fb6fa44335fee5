//! Orders as shops and platforms export them, by the real HTTP API. One test in each mode.

use serde_json::{Value, json};

use crate::harness::{Answer, Tropa};

const ORDERS: &str = "/api/v1/orders";

const FIXTURES: [(&str, &str); 6] = [
    ("shopify", include_str!("shops/shopify.json")),
    ("woocommerce", include_str!("shops/woocommerce.json")),
    ("food", include_str!("shops/food.json")),
    ("printed", include_str!("shops/printed.json")),
    ("yen", include_str!("shops/yen.json")),
    ("dinar", include_str!("shops/dinar.json")),
];

/// Checks every fixture: accepted, shown as it was meant, the same when it comes again, another when a figure differs.
pub async fn are_taken(tropa: &Tropa) {
    for (name, text) in FIXTURES {
        let fixture: Value = serde_json::from_str(text).unwrap();
        let order = &fixture["order"];
        let created = tropa.post(ORDERS, order).await.unwrap();
        assert_eq!(created.status, 201, "{name}: {created:?}");
        shows(name, &created, &fixture);
        let path = format!("{ORDERS}/{}", created.json()["id"].as_str().unwrap());
        shows(name, &tropa.get(&path).await.unwrap(), &fixture);
        is_one_order(name, tropa, order).await;
        is_checked(name, tropa, order, &created.json()).await;
    }
}

fn shows(name: &str, answer: &Answer, fixture: &Value) {
    let (shown, expected) = (answer.json(), fixture["answer"].as_object().unwrap());
    for (field, value) in expected {
        assert!(same(&shown[field], value), "{name}.{field}: {} is not {value}", shown[field]);
    }
    for (i, (line, total)) in
        shown["items"].as_array().unwrap().iter().zip(fixture["lines"].as_array().unwrap()).enumerate()
    {
        assert!(same(&line["total_price"], total), "{name}.items[{i}]: {line} does not cost {total}");
    }
    // Exact in the text, whatever a reader makes of it: no float has passed by.
    let fraction = match shown["currency"].as_str() {
        Some("JPY") => 0,
        Some("KWD") => 3,
        _ => 2,
    };
    let (_, rest) = answer.text.split_once("\"final_price\":").unwrap();
    let digits = rest.split(',').next().unwrap().split_once('.').map_or(0, |(_, digits)| digits.len());
    assert_eq!(digits, fraction, "{name}: {}", answer.text);
}

/// Numbers of a few digits: 85 is 85.0.
fn same(one: &Value, other: &Value) -> bool {
    match (one.as_f64(), other.as_f64()) {
        (Some(one), Some(other)) => (one - other).abs() < 1e-9,
        _ => one == other,
    }
}

/// However it is written, and whether or not it says what follows from the rest.
async fn is_one_order(name: &str, tropa: &Tropa, order: &Value) {
    let mut brief = order.clone();
    brief.as_object_mut().unwrap().remove("final_price");
    brief["tip"] = match &order["tip"] {
        Value::Null => json!("0.0"),
        Value::String(text) => serde_json::from_str(text).unwrap(),
        number => json!(number.to_string()),
    };
    for again in [order, &brief] {
        let answer = tropa.post(ORDERS, again).await.unwrap();
        assert_eq!(answer.status, 200, "{name}: {answer:?}");
    }
    for (field, value) in [("tip", json!(77)), ("tax_included", json!(order["tax_included"] != true))] {
        let mut other = brief.clone();
        other[field] = value;
        let answer = tropa.post(ORDERS, &other).await.unwrap();
        assert_eq!(answer.status, 409, "{name} with another {field}: {answer:?}");
        let id = order["id"].as_str().unwrap();
        assert_eq!(answer.json()["detail"], format!("order {id} exists, with other content"));
    }
}

/// A total that does not come out is refused, and says what it should be.
async fn is_checked(name: &str, tropa: &Tropa, order: &Value, shown: &Value) {
    let mut wrong = order.clone();
    wrong["id"] = json!(format!("wrong-{name}"));
    wrong["order_number"] = Value::Null;
    wrong["final_price"] = json!(4711);
    let answer = tropa.post(ORDERS, &wrong).await.unwrap();
    let errors = answer.json()["errors"].clone();
    assert_eq!(
        (answer.status, errors[0]["field"].as_str()),
        (422, Some("final_price")),
        "{name}: {answer:?}"
    );
    let detail = errors[0]["detail"].as_str().unwrap();
    let due = shown["final_price"].as_f64().unwrap().to_string();
    assert!(detail.starts_with(&format!("must be {due}")) && detail.contains(" price"), "{name}: {detail}");
    assert_eq!(tropa.get(&format!("{ORDERS}/wrong-{name}")).await.unwrap().status, 404);
}
