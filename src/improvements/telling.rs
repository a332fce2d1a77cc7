//! Whoever suggested in a petition what is adopted is told so; and that it is dropped, where they believe that it is carried out.

use super::items::{Improvement, Said, Told};
use super::opinions;
use crate::auth::By;
use crate::db::{Id, Tx};
use crate::error::Result;
use crate::node::Node;
use crate::petitions::{tell_of_adoption, together};

/// Tells every petitioner out of whose petition an opinion behind it came, and whoever is answered together with them, each once.
pub fn adopted(tx: &mut Tx, node: &Node, by: &By, (item, said): (&Improvement, &mut Said)) -> Result<()> {
    let behind = opinions::behind(tx, item.id)?;
    let believing = said.believing();
    let petitions = together(tx, behind.into_iter().filter_map(|(_, petition)| petition).collect())?;
    tell(tx, node, by, said, (petitions.into_iter().filter(|petition| !believing.contains(petition)).collect(), true))
}

/// Tells everybody who believes that it is carried out.
pub fn dropped(tx: &mut Tx, node: &Node, by: &By, said: &mut Said) -> Result<()> {
    let mut believing = said.believing();
    believing.sort_unstable();
    tell(tx, node, by, said, (believing, false))
}

fn tell(tx: &mut Tx, node: &Node, by: &By, said: &mut Said, (petitions, adopted): (Vec<Id>, bool)) -> Result<()> {
    for petition_id in petitions {
        let told_by = tell_of_adoption(tx, node, by, petition_id, adopted)?;
        said.told.push(Told { petition_id, adopted, told_by, at: by.now });
    }
    Ok(())
}
