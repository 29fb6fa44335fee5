//! What the service answers, checked: it is somebody else's program.

use tonic::Status;
use tropa_dispatch::port::{Claim, FleetError, Unfit};
use tropa_proto::fleet::SearchDriverResponse;

use crate::grpc::{UNFIT, UNFIT_ORDER};

/// Characters of a name, at most; the same as of a driver that is put here.
const NAME_MAX: usize = 100;

/// An answer that makes no sense counts as none: the breaker must see it.
pub(super) fn claim(answer: SearchDriverResponse) -> Result<Claim, FleetError> {
    let nonsense = |what: String| FleetError::Unavailable(format!("answered nonsense: {what}"));
    let SearchDriverResponse { driver_id, driver_name, distance_m, claim_token } = answer;
    if !(distance_m.is_finite() && distance_m >= 0.0) {
        return Err(nonsense(format!("distance_m {distance_m}")));
    }
    if driver_name.chars().count() > NAME_MAX || driver_name.contains(char::is_control) {
        return Err(nonsense(format!("driver_name {driver_name:.100?}")));
    }
    Ok(Claim {
        driver_id: driver_id.parse().map_err(|error| nonsense(format!("driver_id {error}")))?,
        driver_name,
        distance_m,
        token: claim_token.parse().map_err(|error| nonsense(format!("claim_token {error}")))?,
    })
}

/// Why the driver who was named cannot be had; `None` when nobody was, or the service does not say.
pub(super) fn unfit(named: &str, status: &Status) -> Option<Unfit> {
    let said = |key| status.metadata().get(key).and_then(|value| value.to_str().ok());
    let driver = named.parse().ok()?;
    Some(match said(UNFIT)? {
        "unknown" => Unfit::Unknown(driver),
        "offline" => Unfit::Offline(driver),
        "has_order" => {
            Unfit::HasOrder { driver, order: said(UNFIT_ORDER).and_then(|order| order.parse().ok()) }
        }
        "changed" => Unfit::Changed(driver),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nonsense_is_a_failure_of_the_service() {
        let good = SearchDriverResponse {
            driver_id: "d".into(),
            driver_name: "D".into(),
            distance_m: 1.0,
            claim_token: "t".into(),
        };
        assert!(claim(good.clone()).is_ok());
        assert!(claim(SearchDriverResponse { driver_name: "ç".repeat(100), ..good.clone() }).is_ok());
        let bad = [
            SearchDriverResponse { driver_id: String::new(), ..good.clone() },
            SearchDriverResponse { claim_token: "a b".into(), ..good.clone() },
            SearchDriverResponse { driver_name: "D\n".into(), ..good.clone() },
            SearchDriverResponse { driver_name: "ç".repeat(101), ..good.clone() },
            SearchDriverResponse { distance_m: f64::NAN, ..good },
        ];
        for answer in bad {
            assert!(claim(answer.clone()).is_err_and(|error| error.counts()), "{answer:?}");
        }
    }
}
