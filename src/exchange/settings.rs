//! Settings of sending to agencies.

use super::worker::LANE;
use crate::config::Config;
use crate::settings::{Fault, list, whole};

crate::settings! {
    /// Telling other agencies
    /// 跨機關通報
    pub struct ExchangeSettings, contradictions;

    /// Seconds before each retry of a notice to an agency; after the last one it is given up and kept.
    /// 通報機關失敗後各次重試前的秒數；最後一次仍失敗即停止並保留。
    // Ten retries over about three days.
    delivery_retry_seconds: Vec<i64> = vec![60, 300, 900, 3600, 7200, 14_400, 28_800, 43_200, 72_000, 86_400],
        list(20, whole(1..=604_800));

    /// Seconds for which a node holds what it is sending; afterwards another takes it up.
    /// 節點佔用待送通報的秒數；逾時由其他節點接手。
    lease_seconds: i64 = 120, whole(10..=3600);
}

fn contradictions(config: &Config) -> Vec<Fault> {
    let settings = config.of::<ExchangeSettings>();
    let mut faults = Vec::new();
    if !settings.delivery_retry_seconds.is_sorted() {
        faults.push(Fault::between(&["delivery_retry_seconds"], "delivery_retry_seconds must not fall from one to the next"));
    }
    // Else two nodes send at once.
    let calls = LANE.saturating_mul(i64::try_from(config.outbound_timeout_seconds).unwrap_or(i64::MAX));
    if settings.lease_seconds <= calls {
        let text =
            format!("lease_seconds must be more than {LANE} times outbound_timeout_seconds, which a lane's calls may take");
        faults.push(Fault::between(&["lease_seconds", "outbound_timeout_seconds"], &text));
    }
    faults
}
