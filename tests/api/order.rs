//! The order in which a store judged requests, as it tells it by events of the target `huzheng::order`.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::{Mutex, Once};

use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::registry;
use tracing_subscriber::util::SubscriberInitExt;

const TARGET: &str = "huzheng::order";
/// Trace ids of requests whose order is asked for begin like this.
pub const PREFIX: &str = "d1ff";

static JUDGED: Mutex<BTreeMap<String, i64>> = Mutex::new(BTreeMap::new());

/// Listens from now on.
pub fn listen() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let only = Targets::new().with_target(TARGET, LevelFilter::TRACE);
        registry().with(Listener.with_filter(only)).try_init().expect("nobody else listens in the suite");
    });
}

/// Where each request stood when it was judged, by trace id; nothing when the store does not tell.
pub fn judged() -> BTreeMap<String, i64> {
    JUDGED.lock().unwrap().clone()
}

struct Listener;

impl<S: Subscriber> Layer<S> for Listener {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut told = Told::default();
        event.record(&mut told);
        if let (true, Some(n)) = (told.trace_id.starts_with(PREFIX), told.n) {
            // A request that writes twice stands where it was judged first.
            let mut judged = JUDGED.lock().unwrap();
            let place = judged.entry(told.trace_id).or_insert(n);
            *place = n.min(*place);
        }
    }
}

#[derive(Default)]
struct Told {
    trace_id: String,
    n: Option<i64>,
}

impl Visit for Told {
    fn record_i64(&mut self, field: &Field, value: i64) {
        if field.name() == "n" {
            self.n = Some(value);
        }
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.record_i64(field, i64::try_from(value).unwrap_or(i64::MAX));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "trace_id" {
            value.clone_into(&mut self.trace_id);
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.record_str(field, format!("{value:?}").trim_matches('"'));
    }
}

#[test]
fn the_order_is_heard_from_events_of_its_target_alone() {
    listen();
    let name = |end: &str| format!("{PREFIX}{end:0>28}");
    tracing::trace!(target: TARGET, trace_id = name("a").as_str(), n = 7_i64);
    tracing::trace!(target: TARGET, trace_id = %name("a"), n = 9_i64);
    tracing::trace!(target: TARGET, trace_id = %name("b"), n = 8_i64);
    tracing::trace!(target: "huzheng::other", trace_id = %name("c"), n = 6_i64);
    let judged = judged();
    assert_eq!(["a", "b", "c"].map(|end| judged.get(&name(end)).copied()), [Some(7), Some(8), None]);
}
