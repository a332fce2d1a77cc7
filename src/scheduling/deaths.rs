//! What is booked for somebody whose death is registered: noted for a clerk, never cancelled by itself.

use super::bookings::store;
use super::conflicts;
use super::specialties::Context;
use crate::auth::By;
use crate::db::{Id, Tx};
use crate::domain::{Joining, case_path};
use crate::error::Result;
use crate::node::Node;
use crate::people::holding;
use crate::scheduling::Plans;

/// Notes what is booked for those whose death a case registers; the notes of one that registers it no longer are withdrawn.
pub fn follow_case(tx: &mut Tx, node: &Node, by: &By, case: Id) -> Result<()> {
    follow(tx, node, by, &case_path(case))
}

/// The same of the deaths of those whose records were joined or parted.
pub fn follow_join(tx: &mut Tx, node: &Node, by: &By, joining: &Joining) -> Result<()> {
    let deaths = holding::deaths_of(tx, &[joining.record, joining.into])?;
    deaths.iter().try_for_each(|case| follow(tx, node, by, case))
}

fn follow(tx: &mut Tx, node: &Node, by: &By, case: &str) -> Result<()> {
    let plan = node.part::<Plans>().at(tx)?;
    conflicts::withdraw(tx, &Context::of(node, &plan), case, by.now)?;
    let dead = holding::dead_by(tx, case)?;
    if dead.is_empty() {
        return Ok(());
    }
    for booking in store::coming(tx, &dead, by.now)? {
        conflicts::note_death(tx, &booking, case, by.now)?;
    }
    Ok(())
}
