//! Operations on many orders at once.

use actix_web::{
    HttpRequest,
    http::StatusCode,
    web::{self, Data},
};
use serde::Serialize;
use strum::{EnumString, IntoStaticStr, VariantArray};
use time::OffsetDateTime;
use tropa_dispatch::{
    clerk::{Operate, Which},
    domain::{DriverId, ManualReason, OperationKind, OrderId, Status, UnknownName},
    port::OrderQuery,
    reader::GetOrders,
};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{silence::views, view::OrderView};
use crate::http::{
    admin::Operator,
    body::Json,
    edge::Edge,
    json::{self, Fields, Request, Text, Whole, flag, many, parsed, request, timestamp},
    operations::{self, ResultView},
    problem::Answer,
    trace::Trace,
};

request! {
    /// What to do with which orders: those of a set, these, or those that match.
    struct OrderOperation {
        /// What to do.
        action: Action = required parsed;
        /// Those of a set that a dry run of the same action has frozen; what changed meanwhile is left alone.
        #[schema(value_type = Option<Uuid>)]
        set: Option<Uuid> = optional parsed;
        /// These.
        #[schema(value_type = Option<Vec<String>>, min_items = 1, max_items = 1000)]
        ids: Option<Vec<OrderId>> = optional many;
        /// Those that match, at most 100,000, the newest first.
        filter: Option<OrderFilter> = object OrderFilter::fields;
        /// Only freeze the set, and show it.
        dry_run: Option<bool> = optional flag;
        /// Only if it is so many.
        expected: Option<u64> = optional Whole { minimum = 0, maximum = 9_007_199_254_740_991_u64 };
        /// At most this many a second; left out = as fast as they go.
        rate: Option<u32> = optional Whole { minimum = 1, maximum = 100_000 };
        /// Why; a cancelled order says so.
        reason: Option<String> = optional Text { min_length = 1, max_length = 500 };
    }
}

request! {
    /// Orders that match all of these.
    struct OrderFilter {
        /// In this state.
        status: Option<Status> = optional parsed;
        /// Waiting for a person because of this.
        manual_reason: Option<ManualReason> = optional parsed;
        /// Of this customer.
        customer_id: Option<String> = optional Text { min_length = 1, max_length = 128 };
        /// With this driver.
        #[schema(value_type = Option<String>, pattern = "^[A-Za-z0-9._:~-]{1,128}$")]
        driver_id: Option<DriverId> = optional parsed;
        /// Accepted at this time or later.
        #[schema(value_type = Option<String>, format = DateTime)]
        created_after: Option<OffsetDateTime> = optional timestamp;
        /// Accepted before this time.
        #[schema(value_type = Option<String>, format = DateTime)]
        created_before: Option<OffsetDateTime> = optional timestamp;
    }
}

#[derive(Clone, Copy, EnumString, IntoStaticStr, VariantArray, ToSchema)]
#[strum(serialize_all = "snake_case")]
#[strum(parse_err_ty = UnknownName, parse_err_fn = UnknownName::among::<Self>)]
#[schema(as = OrderAction, rename_all = "snake_case")]
enum Action {
    Cancel,
    Dispatch,
}

/// What came of something done to orders.
#[derive(Serialize, ToSchema)]
#[schema(as = OrderOperationResult)]
pub(in crate::http) struct OrdersResultView {
    #[serde(flatten)]
    result: ResultView,
    /// In a dry run the first ten.
    sample: Vec<OrderView>,
}

/// Cancels or dispatches many orders: operators only.
///
/// An order that is not at the version any more at which it was chosen is left alone, and counted as skipped.
#[utoipa::path(
    post, path = "/api/v1/orders/operations", tag = "orders", operation_id = "operate_orders",
    request_body = OrderOperation,
    responses(
        (status = 200, description = "Done, or frozen in a dry run", body = OrdersResultView),
        (status = 202, description = "Under way: its operation tells how far it is", body = OrdersResultView)),
    security(("admin" = []), ("session" = []), ())
)]
pub(in crate::http) async fn operate(
    Operator(caller): Operator,
    request: HttpRequest,
    edge: Data<Edge>,
    trace: Trace,
    body: Json,
) -> Answer<(web::Json<OrdersResultView>, StatusCode)> {
    let operate = json::read(&body.0, read)?;
    edge.orders()?;
    let operate = Operate { subject: Some(caller.subject), trace: Some(trace.0), ..operate };
    let (result, sample) = operations::operate(&edge, &request, operate).await?;
    let ids: Vec<OrderId> = sample.iter().filter_map(|id| id.parse().ok()).collect();
    let orders = edge.ask(&edge.handles.reader, GetOrders(ids)).await??;
    let sample = views(&edge, orders.into_iter().flatten().collect()).await;
    let status = result.status();
    Ok((web::Json(OrdersResultView { result, sample }), status))
}

fn read(f: &mut Fields) -> Option<Operate> {
    let OrderOperation { action, set, ids, filter, dry_run, expected, rate, reason } =
        OrderOperation::fields(f)?;
    let dry_run = dry_run.unwrap_or(false);
    let of = match (set, ids, filter) {
        (Some(set), None, None) => {
            if dry_run {
                f.fail("dry_run", "is for what is not frozen yet");
            }
            Which::Set(set)
        }
        (None, Some(ids), None) => Which::Orders(ids),
        (None, None, Some(filter)) => {
            let OrderFilter { status, manual_reason, customer_id, driver_id, created_after, created_before } =
                filter;
            let query = OrderQuery { status, manual_reason, customer_id, driver_id, ..OrderQuery::default() };
            Which::OrdersLike { query, created_after, created_before }
        }
        _ => {
            if f.all_well() {
                f.fail("", "must have one of set, ids and filter, and no two of them");
            }
            return None;
        }
    };
    let kind = match action {
        Action::Cancel => OperationKind::CancelOrders,
        Action::Dispatch => OperationKind::DispatchOrders,
    };
    Some(Operate { kind, of, expected, dry_run, rate, subject: None, reason, trace: None })
}
