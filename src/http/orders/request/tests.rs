use serde_json::{Value, json};

use super::*;

fn good() -> Value {
    json!({
        "id": "pedido-teste-01", "order_number": "2026-1", "customer_id": "ana", "currency": "BRL", "price": 91.0,
        "tax": 10, "items": [{"product_id": "p", "product_name": "Pizza", "quantity": 2, "unit_price": "45.50"}],
        "shipping_address": {"street": "Rua A", "number": "1", "complement": "ap 2", "city": "São Paulo",
            "state": "SP", "zip_code": "01000-000", "country": "BR"},
        "pickup": {"lat": -23.55, "lng": -46.63}, "dropoff": {"lat": -23.56, "lng": -46.64},
    })
}

fn fields(body: &str) -> Vec<String> {
    let problem = new_order(body).unwrap_err();
    assert_eq!(problem.status(), 422, "{problem}");
    problem.errors.into_iter().map(|e| e.field).collect()
}

#[test]
fn three_fields_are_enough() {
    let order = new_order(r#"{"id":"pedido-teste-01","price":100.0,"tax":10.0}"#).unwrap();
    assert_eq!(order.id.unwrap().as_str(), "pedido-teste-01");
    assert_eq!((order.details.price.hundredths(), order.details.tax.hundredths()), (10_000, 1_000));
    let nothing = new_order(r#"{"id":null,"price":"0.01","tax":"0","currency":null}"#).unwrap();
    assert_eq!((nothing.id, nothing.details.currency), (None, Currency::BRL));
}

#[test]
fn what_is_left_out_is_nothing() {
    let plain = new_order(r#"{"price":"0"}"#).unwrap();
    let said = r#"{"price":0,"tax":0,"discount":"0.00","shipping":0,"fee":0,"tip":0,"tax_included":false,
        "currency":"BRL","final_price":0,"items":null}"#;
    assert_eq!(new_order(said).unwrap(), plain);
    assert_eq!(plain.details.final_price().unwrap().to_string(), "0.00");
}

#[test]
fn amounts_are_those_of_the_currency() {
    let said = |body: &str| new_order(body).unwrap_err().errors.remove(0).detail;
    assert!(new_order(r#"{"currency":"JPY","price":500,"tax":50}"#).is_ok());
    assert!(new_order(r#"{"currency":"KWD","price":1.234}"#).is_ok());
    assert_eq!(said(r#"{"currency":"JPY","price":500.5}"#), "must have no fraction digits");
    assert_eq!(said(r#"{"currency":"KWD","price":1.2345}"#), "must have at most 3 fraction digits");
    assert_eq!(said(r#"{"price":1.234}"#), "must have at most 2 fraction digits");
    // Which digits a currency has that does not exist is not known: only the currency is wrong.
    assert_eq!(fields(r#"{"currency":"ZZZ","price":1.234}"#), ["currency"]);
}

#[test]
fn figures_that_disagree_are_named() {
    let line = |rest: &str| format!(r#"{{"items":[{{"product_id":"p","product_name":"n",{rest}}}]}}"#);
    for (body, field) in [
        (r#"{"price":10,"discount":10.01}"#.to_owned(), "discount"),
        (r#"{"price":10,"tax":10.01,"tax_included":true}"#.to_owned(), "tax"),
        (r#"{"price":10,"tax":1,"final_price":10}"#.to_owned(), "final_price"),
        (line(r#""quantity":2"#), "items[0].unit_price"),
        (line(r#""quantity":2,"unit_price":5,"total_price":9"#), "items[0].total_price"),
        (line(r#""quantity":2,"unit_price":5,"discount":10.01"#), "items[0].discount"),
        (line(r#""quantity":2,"unit_price":5,"unit":"""#), "items[0].unit"),
    ] {
        assert_eq!(fields(&body), [field], "{body}");
    }
}

#[test]
fn the_items_are_the_price() {
    let mut order = good();
    assert_eq!(new_order(&order.to_string()).unwrap().details.price.hundredths(), 9_100);
    order.as_object_mut().unwrap().remove("price");
    assert_eq!(new_order(&order.to_string()).unwrap().details.price.hundredths(), 9_100);
    order["price"] = json!(91.01);
    assert_eq!(fields(&order.to_string()), ["price"]);
    order["items"][0]["unit_price"] = json!(0);
    order.as_object_mut().unwrap().remove("price");
    assert_eq!(new_order(&order.to_string()).unwrap().details.price.hundredths(), 0, "it is free");
}

#[test]
fn every_field_is_checked_in_turn() {
    let long = "x".repeat(300);
    let wrong = [
        (
            "/id",
            vec![
                json!(""),
                json!("a/b"),
                json!("a%2f"),
                json!("a?b"),
                json!("a\0"),
                json!(long),
                json!(7),
                json!("number"),
            ],
        ),
        ("/order_number", vec![json!("a b"), json!([])]),
        ("/customer_id", vec![json!(""), json!(long), json!("a\u{7}"), json!(1)]),
        ("/currency", vec![json!("brl"), json!("REAL"), json!("ZZZ"), json!("XXX"), json!(1)]),
        ("/price", vec![json!(-1), json!(0.001), json!(1e30), json!("abc"), json!("NaN"), json!(true)]),
        ("/tax", vec![json!(-0.01), json!("1.999"), json!({})]),
        ("/items", vec![json!([]), json!({}), json!("x")]),
        ("/items/0/quantity", vec![json!(0), json!(-1), json!(0.00001), json!("x"), json!(1e12)]),
        ("/items/0/unit_price", vec![json!(-1), json!(0.00001), Value::Null]),
        ("/items/0/product_id", vec![json!(""), json!(long)]),
        ("/items/0/product_name", vec![json!(""), json!(long)]),
        ("/shipping_address", vec![json!("Rua A"), json!([])]),
        ("/shipping_address/street", vec![json!(""), json!(long), Value::Null]),
        ("/pickup", vec![json!([1, 2]), json!("here")]),
        ("/pickup/lat", vec![json!(91), json!(-90.1), json!("1"), Value::Null]),
        ("/dropoff/lng", vec![json!(180.5), json!(false)]),
    ];
    for (pointer, values) in wrong {
        for value in values {
            let mut order = good();
            *order.pointer_mut(pointer).unwrap() = value.clone();
            let name = pointer[1..].replace("/0", "[0]").replace('/', ".");
            assert_eq!(fields(&order.to_string()), [name], "{pointer} = {value}");
        }
    }
}

#[test]
fn all_wrong_fields_are_named_at_once() {
    let named = fields(
        r#"{"id":"a/b","price":-1,"customer_id":"","currency":"x","pickup":{"lat":91,"lng":181},"colour":"red",
            "items":[{"product_id":"p","quantity":0,"unit_price":"1"}],"billing_address":{"street":"s"}}"#,
    );
    for name in [
        "id",
        "customer_id",
        "currency",
        "items[0].product_name",
        "items[0].quantity",
        "price",
        "billing_address.city",
        "pickup.lat",
        "pickup.lng",
        "colour",
    ] {
        assert!(named.iter().any(|n| n == name), "{name} is missing in {named:?}");
    }
}

#[test]
fn a_wrong_item_is_named_by_its_place() {
    let item = json!({"product_id": "p", "product_name": "n", "quantity": 1, "unit_price": 1});
    let mut items = vec![item; 1_001];
    let body = |items: &[Value]| json!({"tax": 1, "items": items}).to_string();
    assert_eq!(fields(&body(&items)), ["items"]);
    items.pop();
    assert!(new_order(&body(&items)).is_ok());
    items[2]["unit_price"] = json!(0.00001);
    assert_eq!(fields(&body(&items)), ["items[2].unit_price"]);
}

#[test]
fn what_is_no_json_is_malformed() {
    for body in ["", " ", "{", "{\"price\":NaN,\"tax\":1}", "{\"price\":1,}", "price=1", "{} {}", "{'a':1}"] {
        assert_eq!(new_order(body).unwrap_err().status(), 400, "{body}");
    }
    assert_eq!(fields("null"), [""]);
    assert_eq!(fields("[]"), [""]);
}

#[test]
fn odd_text_is_refused() {
    assert_eq!(fields(r#"{"price":1,"tax":1,"customer_id":"\ud800"}"#), ["customer_id"]);
    assert_eq!(fields(r#"{"price":1,"tax":1,"customer_id":"a\u0000b"}"#), ["customer_id"]);
    assert_eq!(fields(r#"{"price":1,"price":2,"tax":1}"#), ["price"]);
    let deep = format!(r#"{{"price":1,"tax":1,"pickup":{}{}}}"#, "[".repeat(10_000), "]".repeat(10_000));
    assert_eq!(fields(&deep), ["pickup"]);
}

#[test]
fn sums_do_not_overflow() {
    assert_eq!(fields(r#"{"price":"1000000000000.00","tax":"1000000000000.00"}"#), ["tax"]);
    let huge = json!({"tax": 1, "items": [
        {"product_id": "p", "product_name": "n", "quantity": 1_000_000, "unit_price": "1000000000000"}]});
    assert_eq!(fields(&huge.to_string()), ["items[0].quantity"]);
}

#[test]
fn the_documents_examples_are_orders() {
    let document: Value = serde_json::from_str(&crate::http::openapi()).unwrap();
    let examples = document["components"]["schemas"]["NewOrder"]["examples"].as_array().unwrap().clone();
    assert_eq!(examples.len(), 2);
    for example in examples {
        assert!(new_order(&example.to_string()).is_ok(), "{example}");
    }
}
