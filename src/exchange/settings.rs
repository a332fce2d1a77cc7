//! Settings of sending to agencies.

use super::worker::CALLS_PER_LEASE;
use crate::config::NodeSettings;
use crate::settings::{Fault, Values, list, seconds};

crate::settings! {
    /// Telling other agencies
    /// 跨機關通報
    pub struct ExchangeSettings, contradictions;

    /// Seconds before each retry of a notice to an agency; after the last one it is given up and kept.
    /// 通報機關失敗後各次重試前的秒數；最後一次仍失敗即停止並保留。
    // Ten retries over about three days.
    delivery_retry_seconds: Vec<i64> = vec![60, 300, 900, 3600, 7200, 14_400, 28_800, 43_200, 72_000, 86_400],
        list(40, seconds(1..=604_800));

    /// Seconds for which a node holds what it is sending; afterwards another takes it up.
    /// 節點佔用待送通報的秒數；逾時由其他節點接手。
    lease_seconds: i64 = 120, seconds(6..=3600);
}

fn contradictions(values: &Values) -> Vec<Fault> {
    let (own, timeout) = (values.of::<ExchangeSettings>(), values.of::<NodeSettings>().outbound_timeout_seconds);
    let mut faults = Vec::new();
    if !own.delivery_retry_seconds.is_sorted() {
        faults.push(Fault::between(&["delivery_retry_seconds"], "delivery_retry_seconds must not fall from one to the next"));
    }
    // Else two nodes send at once.
    if own.lease_seconds <= CALLS_PER_LEASE.saturating_mul(i64::try_from(timeout).unwrap_or(i64::MAX)) {
        let text = format!(
            "lease_seconds must be more than {CALLS_PER_LEASE} times outbound_timeout_seconds: a lease outlasts so many calls"
        );
        faults.push(Fault::between(&["lease_seconds", "outbound_timeout_seconds"], text));
    }
    faults
}
