use super::*;
use tropa_dispatch::domain::ClaimToken;

#[test]
fn amounts_are_numbers_and_the_claim_stays_inside() {
    let new = crate::http::orders::request::new_order(
        r#"{"id":"a","price":"100","tax":10.1,"dropoff":{"lat":1,"lng":2}}"#,
    );
    let pickup = GeoPoint::new(-23.55, -46.63).unwrap();
    let mut order = Order::accept(new.unwrap(), pickup, OffsetDateTime::UNIX_EPOCH);
    order.claim_token = Some(ClaimToken::fresh());
    let json = serde_json::to_string(&OrderView::from(order)).unwrap();
    assert!(
        json.contains(r#""price":100.00,"tax":10.10,"final_price":110.10,"discount":0.00,"shipping":0.00"#),
        "{json}"
    );
    assert!(json.contains(r#""driver":null,"driver_silent_since":null,"manual_reason":null"#), "{json}");
    assert!(json.contains(r#""created_at":"1970-01-01T00:00:00Z""#), "{json}");
    assert!(!json.contains("claim"), "{json}");
}
