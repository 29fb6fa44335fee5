//! What an [`Audit`] must do.

use time::{Duration, OffsetDateTime, macros::datetime};

use crate::{
    domain::{AuditEntry, AuditLine, AuditOutcome},
    port::{Audit, AuditFilter},
};

/// Runs every case, each on a fresh store.
pub async fn suite<A: Audit>(fresh: impl AsyncFn() -> A) {
    a_line_is_kept_whole(&fresh().await).await;
    lines_are_numbered_as_they_come(&fresh().await).await;
    filters_narrow(&fresh().await).await;
    pages_follow_each_other(&fresh().await).await;
}

const BEGAN: OffsetDateTime = datetime!(2026-11-30 12:00 UTC);

/// The line of the `n`th second.
fn line(n: i64) -> AuditLine {
    AuditLine {
        at: BEGAN + Duration::seconds(n),
        instance: "a".to_owned(),
        subject: Some("maria".to_owned()),
        role: Some("operator".to_owned()),
        action: "actor.restart".to_owned(),
        target: format!("/tropa/{n}"),
        reason: Some("\"game\" day\n'; DROP TABLE audit".to_owned()),
        outcome: AuditOutcome::Accepted,
        detail: Some("ção".to_owned()),
        trace_id: Some("0af7651916cd43dd8448eb211c80319c".to_owned()),
    }
}

fn any() -> AuditFilter {
    AuditFilter { limit: 100, ..AuditFilter::default() }
}

async fn ids(audit: &impl Audit, filter: AuditFilter) -> Vec<u64> {
    audit.entries(filter).await.unwrap().into_iter().map(|entry| entry.id).collect()
}

async fn a_line_is_kept_whole(audit: &impl Audit) {
    let full = line(1);
    let bare = AuditLine {
        subject: None,
        role: None,
        reason: None,
        outcome: AuditOutcome::Refused,
        detail: None,
        trace_id: None,
        ..line(2)
    };
    let first = audit.append(full.clone()).await.unwrap();
    let second = audit.append(bare.clone()).await.unwrap();
    let expected = [AuditEntry { id: second, line: bare }, AuditEntry { id: first, line: full }];
    assert_eq!(audit.entries(any()).await.unwrap(), expected, "newest first");
}

async fn lines_are_numbered_as_they_come(audit: &impl Audit) {
    // Many at once: whoever reads up to the newest has not missed one that comes later with a smaller number.
    let mut seen = Vec::new();
    let (written, ()) = tokio::join!(
        async {
            let lines: Vec<_> = (0..20).map(|n| audit.append(line(n))).collect();
            futures_util::future::join_all(lines).await.into_iter().map(Result::unwrap).collect::<Vec<_>>()
        },
        async {
            while seen.len() < 20 {
                let after = seen.iter().max().copied();
                let mut news = ids(audit, AuditFilter { after, ..any() }).await;
                news.reverse();
                seen.extend(news);
            }
        }
    );
    let mut sorted = written.clone();
    sorted.sort_unstable();
    assert_eq!(seen, sorted, "each once, and in order");
}

async fn filters_narrow(audit: &impl Audit) {
    let mut written = Vec::new();
    for n in 0..6 {
        let other = AuditLine {
            action: "order.cancel".to_owned(),
            subject: None,
            outcome: AuditOutcome::Failed,
            ..line(n)
        };
        written.push(audit.append(if n % 2 == 0 { line(n) } else { other }).await.unwrap());
    }
    let of = async |filter| ids(audit, filter).await;
    let (even, odd) = ([written[4], written[2], written[0]], [written[5], written[3], written[1]]);
    assert_eq!(of(AuditFilter { action: Some("order.cancel".to_owned()), ..any() }).await, odd);
    assert_eq!(of(AuditFilter { subject: Some("maria".to_owned()), ..any() }).await, even);
    assert_eq!(of(AuditFilter { outcome: Some(AuditOutcome::Failed), ..any() }).await, odd);
    assert_eq!(of(AuditFilter { target: Some("/tropa/3".to_owned()), ..any() }).await, [written[3]]);
    assert_eq!(of(AuditFilter { outcome: Some(AuditOutcome::Done), ..any() }).await.len(), 0);
    let since = Some(line(4).at);
    assert_eq!(of(AuditFilter { since, ..any() }).await, [written[5], written[4]]);
    let late = AuditFilter { since, subject: Some("maria".to_owned()), ..any() };
    assert_eq!(of(late).await, [written[4]], "all of them hold");
    assert_eq!(of(AuditFilter { since: Some(line(9).at), ..any() }).await.len(), 0);
    assert_eq!(of(AuditFilter { since: Some(line(-9).at), ..any() }).await.len(), 6);
}

async fn pages_follow_each_other(audit: &impl Audit) {
    let mut written = Vec::new();
    for n in 0..5 {
        written.push(audit.append(line(n)).await.unwrap());
    }
    let page = |before, after| AuditFilter { limit: 2, before, after, ..AuditFilter::default() };
    assert_eq!(ids(audit, page(None, None)).await, [written[4], written[3]]);
    assert_eq!(ids(audit, page(Some(written[3]), None)).await, [written[2], written[1]]);
    assert_eq!(ids(audit, page(None, Some(written[2]))).await, [written[4], written[3]]);
    assert_eq!(ids(audit, page(None, Some(written[4]))).await.len(), 0);
    assert_eq!(ids(audit, page(Some(written[4]), Some(written[2]))).await, [written[3]]);
}
