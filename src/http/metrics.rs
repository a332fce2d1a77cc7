//! Counters and durations by operation, in Prometheus' text format.

use prometheus::{Encoder, Gauge, HistogramOpts, HistogramVec, IntCounterVec, IntGauge, Opts, Registry, TextEncoder};

use crate::db::Figures;
use crate::error::{Error, Result};

/// The process's own figures; labels are route patterns and statuses, never addresses or ids.
pub struct Metrics {
    registry: Registry,
    requests: IntCounterVec,
    seconds: HistogramVec,
    waiting_writes: IntGauge,
    retries: IntGauge,
    unsealed_seconds: Gauge,
    ready: IntGauge,
    clock_trusted: IntGauge,
    clock_ahead: IntGauge,
    mail_waiting: IntGauge,
    mail_oldest: IntGauge,
    mail_failed: IntGauge,
}

impl Metrics {
    pub fn new() -> Self {
        let requests =
            IntCounterVec::new(Opts::new("huzheng_http_requests_total", "Requests answered."), &["method", "route", "status"]);
        let buckets = vec![0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5];
        let seconds = HistogramVec::new(
            HistogramOpts::new("huzheng_http_request_seconds", "Time from request to answer.").buckets(buckets),
            &["method", "route"],
        );
        let waiting_writes = IntGauge::new("huzheng_store_waiting_writes", "Writes waiting for their turn.");
        let retries =
            IntGauge::new("huzheng_store_retried_writes", "Writes that met another one and were run again, since the start.");
        let unsealed = Gauge::new("huzheng_journal_unsealed_seconds", "Seconds since the journal was last sealed to its end.");
        let ready = IntGauge::new("huzheng_ready", "1 when the store takes writes.");
        let clock_trusted = IntGauge::new("huzheng_clock_trusted", "0 while the system's clock is not trusted.");
        let clock_ahead = IntGauge::new("huzheng_clock_ahead_seconds", "How far it runs ahead of what the office goes by.");
        let mail_waiting = IntGauge::new("huzheng_mail_waiting", "Mails that wait to be handed to the relay.");
        let mail_oldest = IntGauge::new("huzheng_mail_oldest_seconds", "How long the one has waited that has waited longest.");
        let mail_failed =
            IntGauge::new("huzheng_mail_failed", "Mails that were given up or came back, and nobody has seen to yet.");
        let all = "the names and labels above are valid and distinct";
        let metrics = Self {
            registry: Registry::new(),
            requests: requests.expect(all),
            seconds: seconds.expect(all),
            waiting_writes: waiting_writes.expect(all),
            retries: retries.expect(all),
            unsealed_seconds: unsealed.expect(all),
            ready: ready.expect(all),
            clock_trusted: clock_trusted.expect(all),
            clock_ahead: clock_ahead.expect(all),
            mail_waiting: mail_waiting.expect(all),
            mail_oldest: mail_oldest.expect(all),
            mail_failed: mail_failed.expect(all),
        };
        metrics.registry.register(Box::new(metrics.requests.clone())).expect(all);
        metrics.registry.register(Box::new(metrics.seconds.clone())).expect(all);
        metrics.registry.register(Box::new(metrics.waiting_writes.clone())).expect(all);
        metrics.registry.register(Box::new(metrics.unsealed_seconds.clone())).expect(all);
        let mail = [&metrics.mail_waiting, &metrics.mail_oldest, &metrics.mail_failed];
        for gauge in [&metrics.retries, &metrics.ready, &metrics.clock_trusted, &metrics.clock_ahead].into_iter().chain(mail) {
            metrics.registry.register(Box::new(gauge.clone())).expect(all);
        }
        metrics
    }

    /// Counts one answered request.
    pub fn observe(&self, method: &str, route: &str, status: &str, seconds: f64) {
        self.requests.with_label_values(&[method, route, status]).inc();
        self.seconds.with_label_values(&[method, route]).observe(seconds);
    }

    /// Notes how far the clock runs ahead of what the office goes by, where it is not trusted.
    pub fn note_clock(&self, astray: Option<chrono::Duration>) {
        self.clock_trusted.set(i64::from(astray.is_none()));
        self.clock_ahead.set(astray.map_or(0, |ahead| ahead.num_seconds()));
    }

    /// Notes how the outbox of mail stands: what waits, how long the first has, and what reached nobody.
    pub fn note_mail(&self, waiting: i64, oldest: Option<chrono::Duration>, failed: i64) {
        self.mail_waiting.set(waiting);
        self.mail_oldest.set(oldest.map_or(0, |oldest| oldest.num_seconds()));
        self.mail_failed.set(failed);
    }

    /// The text that a scraper reads.
    pub fn render(&self, store: &Figures) -> Result<String> {
        self.waiting_writes.set(i64::try_from(store.waiting_writes).unwrap_or(i64::MAX));
        self.retries.set(i64::try_from(store.retries).unwrap_or(i64::MAX));
        self.unsealed_seconds.set(store.unsealed.as_secs_f64());
        self.ready.set(i64::from(store.ready));
        let mut text = Vec::new();
        TextEncoder::new()
            .encode(&self.registry.gather(), &mut text)
            .map_err(|e| Error::internal("the metrics cannot be written", e))?;
        String::from_utf8(text).map_err(|e| Error::internal("the metrics are not text", e))
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}
