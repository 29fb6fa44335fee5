//! A page of orders, and the way to the next one.

use std::{fmt, str::FromStr, time::Duration};

use actix_web::{HttpRequest, HttpResponse, http::header, web::Data};
use serde::Serialize;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use tropa_dispatch::{
    domain::{DriverId, ManualReason, OrderId, Status},
    port::{OrderPage, OrderQuery, PageStart},
    reader::ListOrders,
};
use utoipa::ToSchema;

use super::{silence::views, view::OrderView};
use crate::http::{edge::Edge, problem::Answer, query::Parameters};

/// Orders on a page when the caller does not say.
const DEFAULT_LIMIT: u32 = 10;
const MAX_LIMIT: u32 = 100;
/// What is passed over is read: beyond this, cursors.
const MAX_OFFSET: u32 = 10_000;

/// A page of orders.
#[derive(Serialize, ToSchema)]
#[schema(as = OrderPage)]
pub(in crate::http) struct OrderPageView {
    /// Newest first.
    orders: Vec<OrderView>,
    /// Where the next page starts; `null` on the last one.
    next_cursor: Option<String>,
}

/// Orders, newest first.
///
/// A page ends with a `Link` to the next one while there is one.
#[utoipa::path(
    get, path = "/api/v1/orders", tag = "orders", operation_id = "list_orders",
    params(
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 100, description = "Orders on the page; 10 when left out"),
        ("cursor" = Option<String>, Query, description = "Where the page starts: the last page's `next_cursor`. Not with `offset`"),
        ("offset" = Option<u32>, Query, minimum = 0, maximum = 10_000, description = "Orders to pass over. Slower than `cursor`, and moves as orders come in"),
        ("status" = Option<Status>, Query, description = "Only in this state"),
        ("manual_reason" = Option<ManualReason>, Query, description = "Only waiting for a person because of this"),
        ("customer_id" = Option<String>, Query, min_length = 1, max_length = 128, description = "Only of this customer"),
        ("driver_id" = Option<String>, Query, pattern = "^[A-Za-z0-9._:~-]{1,128}$", description = "Only with this driver"),
        ("q" = Option<String>, Query, pattern = "^[A-Za-z0-9._:~-]{1,128}$", description = "Only whose id begins so, in the order of their ids. With other filters the first 2,000 of these are looked at for a page, and no more. Not with `driver_silent`"),
        ("created_after" = Option<String>, Query, format = DateTime, description = "Only accepted then, or later"),
        ("created_before" = Option<String>, Query, format = DateTime, description = "Only accepted before"),
        ("driver_silent" = Option<bool>, Query, description = "When true, only dispatched ones whose driver is not heard of any more"),
    ),
    responses((status = 200, description = "A page", body = OrderPageView, headers(
        ("Link" = Option<String>, description = "`rel=\"next\"`: the next page"))))
)]
pub(super) async fn list(request: HttpRequest, edge: Data<Edge>) -> Answer<HttpResponse> {
    let query = read(&request, edge.handles.settings.driver_max_age)?;
    let page = edge.ask(&edge.handles.reader, ListOrders(query.clone())).await??;
    let next = next(&page);
    let mut response = HttpResponse::Ok();
    if let Some(cursor) = &next {
        response.insert_header((header::LINK, link(&query, cursor)));
    }
    let orders = views(&edge, page.orders).await;
    Ok(response.json(OrderPageView { orders, next_cursor: next.map(|c| c.to_string()) }))
}

fn read(request: &HttpRequest, driver_max_age: Duration) -> Answer<OrderQuery> {
    let mut parameters = Parameters::of(request);
    let limit = parameters.number("limit", 1..=MAX_LIMIT).unwrap_or(DEFAULT_LIMIT);
    let (cursor, offset) =
        (parameters.optional::<Cursor>("cursor"), parameters.number("offset", 0..=MAX_OFFSET));
    let start = match (cursor, offset) {
        (Some(_), Some(_)) => {
            parameters.fail("offset", "must not be given with cursor");
            PageStart::Newest
        }
        (Some(Cursor { created_at, id }), None) => PageStart::After { created_at, id },
        (None, Some(offset)) => PageStart::Offset(offset),
        (None, None) => PageStart::Newest,
    };
    let prefix = parameters.optional::<OrderId>("q").map(|prefix| prefix.to_string());
    let driver_silent = parameters.flag("driver_silent").filter(|only| *only).map(|_| driver_max_age);
    if prefix.is_some() && driver_silent.is_some() {
        parameters.fail("driver_silent", "must not be given with q");
    }
    let query = OrderQuery {
        limit,
        start,
        status: parameters.optional::<Status>("status"),
        customer_id: parameters.text("customer_id"),
        driver_id: parameters.optional::<DriverId>("driver_id"),
        manual_reason: parameters.optional::<ManualReason>("manual_reason"),
        created_after: parameters.optional::<Moment>("created_after").map(|moment| moment.0),
        created_before: parameters.optional::<Moment>("created_before").map(|moment| moment.0),
        id_prefix: prefix,
        driver_silent,
    };
    parameters.finish().map(|()| query)
}

fn next(page: &OrderPage) -> Option<Cursor> {
    let last = page.orders.last().filter(|_| page.more)?;
    Some(Cursor { created_at: last.created_at, id: last.id.clone() })
}

fn link(query: &OrderQuery, cursor: &Cursor) -> String {
    let mut target = format!("/api/v1/orders?limit={}&cursor={cursor}", query.limit);
    let filters = [
        ("status", query.status.map(|s| s.as_str().to_owned())),
        ("manual_reason", query.manual_reason.map(|r| r.as_str().to_owned())),
        ("customer_id", query.customer_id.as_deref().map(encoded)),
        ("driver_id", query.driver_id.as_ref().map(ToString::to_string)),
        ("q", query.id_prefix.clone()),
        ("created_after", query.created_after.and_then(written)),
        ("created_before", query.created_before.and_then(written)),
        ("driver_silent", query.driver_silent.map(|_| "true".to_owned())),
    ];
    for (name, value) in filters {
        if let Some(value) = value {
            target += "&";
            target += name;
            target += "=";
            target += &value;
        }
    }
    format!("<{target}>; rel=\"next\"")
}

fn written(at: OffsetDateTime) -> Option<String> {
    at.format(&Rfc3339).ok().as_deref().map(encoded)
}

/// A time in a query.
struct Moment(OffsetDateTime);

impl FromStr for Moment {
    type Err = &'static str;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // Years that every store knows.
        let known = |at: &OffsetDateTime| (1..=9_999).contains(&at.year());
        let read = OffsetDateTime::parse(text, &Rfc3339).ok().filter(known);
        read.map(Self).ok_or("must be a time such as 2026-11-21T03:49:17Z; a + in it is written %2B")
    }
}

/// Percent-encoded, all but what never needs it.
fn encoded(text: &str) -> String {
    let byte = |b: u8| match b {
        b if b.is_ascii_alphanumeric() || b"-._~".contains(&b) => char::from(b).to_string(),
        b => format!("%{b:02X}"),
    };
    text.bytes().map(byte).collect()
}

/// The place of an order in the list: the keyset, as one opaque word.
#[derive(Clone, Debug, PartialEq)]
struct Cursor {
    created_at: OffsetDateTime,
    id: OrderId,
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:x}~{}", self.created_at.unix_timestamp_nanos(), self.id)
    }
}

impl FromStr for Cursor {
    type Err = &'static str;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let read = || {
            let (nanos, id) = text.split_once('~')?;
            // Unsigned: no order is from before 1970, and PostgreSQL knows no time before 4713 BC.
            let nanos = i128::try_from(u128::from_str_radix(nanos, 16).ok()?).ok()?;
            let created_at = OffsetDateTime::from_unix_timestamp_nanos(nanos).ok()?;
            Some(Self { created_at, id: id.parse().ok()? })
        };
        read().ok_or("must be the next_cursor of an earlier page")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    fn asked(query: &str) -> Answer<OrderQuery> {
        let request = TestRequest::with_uri(&format!("/api/v1/orders?{query}")).to_http_request();
        read(&request, Duration::from_mins(1))
    }

    #[test]
    fn a_cursor_round_trips() {
        let cursor = Cursor { created_at: OffsetDateTime::now_utc(), id: "a~b:c".parse().unwrap() };
        assert_eq!(cursor.to_string().parse(), Ok(cursor.clone()));
        let query = asked(&format!("limit=5&cursor={cursor}&customer_id=a%26b")).unwrap();
        assert_eq!(query.start, PageStart::After { created_at: cursor.created_at, id: cursor.id.clone() });
        let link = link(&query, &cursor);
        assert!(link.starts_with("</api/v1/orders?limit=5&cursor=") && link.contains("customer_id=a%26b"));
        for bad in [
            "x",
            "~",
            "zz~a",
            "10~",
            "10~a/b",
            "fffffffffffffffffffffffffffff~a",
            "-1~a",
            "-10435000000000000~a",
        ] {
            assert!(bad.parse::<Cursor>().is_err(), "{bad}");
        }
    }

    #[test]
    fn spans_and_beginnings_are_read_and_kept_on_the_way() {
        let query =
            asked("q=o-1&created_after=2026-11-21T03:49:17Z&created_before=2026-11-22T00:00:00%2B01:00")
                .unwrap();
        assert_eq!(query.id_prefix.as_deref(), Some("o-1"));
        let cursor = Cursor { created_at: OffsetDateTime::UNIX_EPOCH, id: "o-1".parse().unwrap() };
        let link = link(&query, &cursor);
        let kept =
            "&q=o-1&created_after=2026-11-21T03%3A49%3A17Z&created_before=2026-11-22T00%3A00%3A00%2B01%3A00";
        assert!(link.contains(kept), "{link}");
        let wrong = asked("q=a/b&created_after=yesterday&created_before=2026-11-21").unwrap_err();
        let fields: Vec<_> = wrong.errors.iter().map(|e| e.field.as_str()).collect();
        assert_eq!(fields, ["q", "created_after", "created_before"]);
        assert_eq!(asked("q=a&driver_silent=true").unwrap_err().errors[0].field, "driver_silent");
    }

    #[test]
    fn wrong_parameters_are_named() {
        assert_eq!(asked("").unwrap().limit, 10);
        let wrong = asked("limit=101&status=GONE&driver_id=a/b&colour=red&offset=-1").unwrap_err();
        let fields: Vec<_> = wrong.errors.iter().map(|e| e.field.as_str()).collect();
        assert_eq!(fields, ["limit", "offset", "status", "driver_id", "colour"]);
        assert_eq!(asked("offset=10000").unwrap().start, PageStart::Offset(10_000));
        assert_eq!(asked("offset=10001").unwrap_err().errors[0].field, "offset");
        assert_eq!(asked("cursor=10~a&offset=3").unwrap_err().errors[0].field, "offset");
    }
}
