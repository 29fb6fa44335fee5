//! The circuit breakers of the instance that answers.

use futures_util::FutureExt;
use serde::Serialize;

use crate::http::{
    breakers::{BreakerView, circuits},
    stream::{
        HALF_A_SECOND,
        picture::{Plain, text},
        topic::Topic,
    },
};

/// A `breakers` event, and with its topic the `snapshot`.
#[derive(Serialize)]
struct Breakers {
    breakers: Vec<BreakerView>,
}

/// How they stand.
pub(in crate::http::stream) fn picture() -> Plain {
    Plain::new(Topic::Breakers, HALF_A_SECOND, |edge| {
        async { Ok(text(&Breakers { breakers: circuits(edge).await? })) }.boxed_local()
    })
}
