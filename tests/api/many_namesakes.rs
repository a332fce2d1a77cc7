//! What it costs that many have one name of whom no number is known: nobody waits for it.

use std::iter::repeat_n;
use std::ops::Range;

use serde_json::{Value, json};

use crate::cases::{own, take};
use crate::known::{matter, named, named_person};
use crate::protection::{BARRED, mark, order, record_of};
use crate::support::{TestApp, count_queries, person};

const NAME: &str = "王同名";

/// A matter of somebody that names others of one name beside them.
fn naming(number: u32, others: usize) -> Value {
    let mut body = own("OTHER_LAW", number, json!({"kind": "COMMON", "matter": "註記"}), &[]);
    let other = json!({
        "role": "OTHER", "name": NAME, "identified_by": {"kind": "NO_NUMBER", "reason": "UNKNOWN"}, "birth_on": "1980-01-01"
    });
    body["parties"].as_array_mut().unwrap().extend(repeat_n(other, others));
    body["confirm_not_duplicate"] = json!(true);
    body
}

/// Takes cases of these people that each name as many as one can.
fn fill(app: &TestApp, numbers: Range<u32>) {
    for number in numbers {
        take(app, "clerk1", &naming(number, 29)).expect(201);
    }
}

#[test]
fn a_case_costs_as_much_however_many_are_called_as_its_people_are() {
    count_queries();
    let app = TestApp::new();
    let cost = |number: u32| {
        let before = app.queries();
        take(&app, "clerk1", &naming(number, 3)).expect(201);
        app.queries() - before
    };
    cost(300);
    let few = cost(301);
    fill(&app, 302..305);
    let many = cost(305);
    assert!(few > 0 && many < 2 * few, "{few}, {many}");
    // Nor does it cost more where a mark stands on one of that name, from whom nobody can tell the others.
    take(&app, "clerk1", &named(matter(310), NAME)).expect(201);
    mark(&app, "clerk1", &record_of(&app, &named_person(310, NAME)), &order(&person(BARRED))).expect(201);
    let few = cost(311);
    fill(&app, 312..315);
    let many = cost(315);
    assert!(many < 2 * few, "{few}, {many}");
}
