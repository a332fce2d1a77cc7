//! The draw: every case gets a ticket from the seed and its number; the lowest tickets win, clerk by clerk, and
//! no type and no channel of the period goes unchecked. Whoever has seed and case numbers draws the same.

use std::collections::{BTreeMap, BTreeSet};

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::db::Id;
use crate::scheduling::services::Channel;

/// A case as the draw sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({
    "case_id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f", "number": "115-HEMEI-000012", "clerk_id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e72",
    "service_point": "HEMEI", "type_code": "BIRTH", "channel": "COUNTER"
}))]
pub struct Lot {
    pub case_id: Id,
    #[schema(max_length = 40)]
    pub number: String,
    /// Account of the clerk in charge.
    #[serde(alias = "clerk")]
    pub clerk_id: Id,
    #[schema(max_length = 20)]
    pub service_point: String,
    #[schema(max_length = 40)]
    pub type_code: String,
    pub channel: Channel,
}

/// How many of each stratum; none of one that the plan leaves out.
#[derive(Clone, Copy, Debug)]
pub struct Minimums {
    pub per_clerk: usize,
    pub per_type: usize,
    pub per_channel: usize,
}

/// A drawn case and the stratum that drew it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drawn {
    pub lot: Lot,
    pub stratum: String,
}

/// SHA-256 of `seed:number`.
fn ticket(seed: &str, number: &str) -> Vec<u8> {
    digest(&SHA256, format!("{seed}:{number}").as_bytes()).as_ref().to_vec()
}

/// A hash of the population, so that a later draw can tell whether it is the same.
pub fn population_hash(lots: &[Lot]) -> String {
    let mut numbers: Vec<&str> = lots.iter().map(|lot| lot.number.as_str()).collect();
    numbers.sort_unstable();
    URL_SAFE_NO_PAD.encode(digest(&SHA256, numbers.join("\n").as_bytes()))
}

/// Draws the sample.
pub fn draw(seed: &str, lots: &[Lot], minimums: Minimums) -> Vec<Drawn> {
    let mut order: Vec<(Vec<u8>, &Lot)> = lots.iter().map(|lot| (ticket(seed, &lot.number), lot)).collect();
    order.sort_by(|a, b| a.0.cmp(&b.0));
    let mut taken: BTreeSet<Id> = BTreeSet::new();
    let mut drawn = Vec::new();
    type Key = fn(&Lot) -> String;
    let strata: [(&str, Key, usize); 3] = [
        ("clerk", |lot| lot.clerk_id.to_string(), minimums.per_clerk),
        ("type", |lot| lot.type_code.clone(), minimums.per_type),
        ("channel", |lot| lot.channel.to_string(), minimums.per_channel),
    ];
    for (name, key, wanted) in strata {
        // What an earlier stratum drew counts here too.
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for one in &drawn {
            let one: &Drawn = one;
            *counts.entry(key(&one.lot)).or_default() += 1;
        }
        for (_, lot) in &order {
            let count = counts.entry(key(lot)).or_default();
            if *count < wanted && taken.insert(lot.case_id) {
                *count += 1;
                drawn.push(Drawn { lot: (*lot).clone(), stratum: format!("{name}:{}", key(lot)) });
            }
        }
    }
    drawn
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::clock::Moment;

    fn lots(count: usize, clerks: usize) -> Vec<Lot> {
        let at: Moment = "2026-11-23T09:00:00+08:00".parse().unwrap();
        let clerks: Vec<Id> = (0..clerks).map(|_| Id::new(at)).collect();
        let lot = |n: usize| Lot {
            case_id: Id::new(at),
            number: format!("115-HEMEI-{n:06}"),
            clerk_id: clerks[n % clerks.len()],
            service_point: "HEMEI".to_owned(),
            type_code: format!("T{}", n % 7),
            channel: if n.is_multiple_of(11) { Channel::Mail } else { Channel::Counter },
        };
        (0..count).map(lot).collect()
    }

    const MINIMUMS: Minimums = Minimums { per_clerk: 5, per_type: 1, per_channel: 1 };

    proptest! {
        #[test]
        fn every_clerk_type_and_channel_is_checked(count in 1usize..200, clerks in 1usize..6, seed in "[a-z0-9]{8}") {
            let lots = lots(count, clerks);
            let drawn = draw(&seed, &lots, MINIMUMS);
            for clerk in lots.iter().map(|lot| lot.clerk_id) {
                let own = lots.iter().filter(|lot| lot.clerk_id == clerk).count();
                prop_assert!(drawn.iter().filter(|d| d.lot.clerk_id == clerk).count() >= own.min(5));
            }
            for lot in &lots {
                prop_assert!(drawn.iter().any(|d| d.lot.type_code == lot.type_code));
                prop_assert!(drawn.iter().any(|d| d.lot.channel == lot.channel));
            }
            let ids: BTreeSet<Id> = drawn.iter().map(|d| d.lot.case_id).collect();
            prop_assert_eq!(ids.len(), drawn.len());
        }

        #[test]
        fn the_same_seed_draws_the_same_in_any_order(count in 1usize..120, seed in "[a-z0-9]{8}") {
            let lots = lots(count, 3);
            let mut turned = lots.clone();
            turned.reverse();
            prop_assert_eq!(draw(&seed, &lots, MINIMUMS), draw(&seed, &turned, MINIMUMS));
            prop_assert_eq!(population_hash(&lots), population_hash(&turned));
        }
    }
}
