//! The seats of a shift: how many are taken, and whether one more finds one that they can take.

use diesel::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;

use super::model::SignupStatus;
use super::store::{self, Signup};
use crate::db::{Conn, Id};
use crate::error::Result;
use crate::node::Node;
use crate::schema::signups;
use crate::volunteers::model::Kept;
use crate::volunteers::shifts::model::ShiftNeed;
use crate::volunteers::shifts::store::Shift;

/// The seats of a shift as they are now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(example = json!({"seats": 2, "taken": 2, "free": 0, "waiting": 1, "trainees": 0}))]
pub struct ShiftCounts {
    #[schema(minimum = 0)]
    seats: i64,
    /// Also those that became free and wait for a word of whoever was next.
    #[schema(minimum = 0)]
    taken: i64,
    #[schema(minimum = 0)]
    free: i64,
    /// Those who wait for a seat.
    #[schema(minimum = 0)]
    waiting: i64,
    /// Those who sit beside and fill no seat.
    #[schema(minimum = 0)]
    trainees: i64,
}

/// Counts the seats of a shift anew.
pub fn counts(conn: &mut Conn, shift: &Shift) -> Result<ShiftCounts> {
    let rows = signups::table.filter(signups::shift_id.eq(shift.id)).select((signups::status, signups::as_trainee));
    let rows: Vec<(SignupStatus, bool)> = rows.load(conn)?;
    let count = |is_counted: &dyn Fn(SignupStatus, bool) -> bool| {
        i64::try_from(rows.iter().filter(|(status, as_trainee)| is_counted(*status, *as_trainee)).count()).unwrap_or(i64::MAX)
    };
    let seats: i64 = shift.needs()?.iter().map(|need| i64::from(need.seats)).sum();
    let taken = count(&|status, as_trainee| status.is_seated() && !as_trainee);
    Ok(ShiftCounts {
        seats,
        taken,
        free: (seats - taken).max(0),
        waiting: count(&|status, _| status == SignupStatus::Waiting),
        trainees: count(&|status, as_trainee| status.is_seated() && as_trainee),
    })
}

/// The needs that somebody can fill, by their place in the list.
fn abilities(needs: &[ShiftNeed], kept: &Kept) -> Vec<usize> {
    let can = |need: &ShiftNeed| need.skill.as_ref().is_none_or(|skill| kept.profile.skills.contains(skill));
    needs.iter().enumerate().filter(|(_, need)| can(need)).map(|(index, _)| index).collect()
}

/// Whether all of these people find a seat at once, each one that they can take (a matching in a bipartite graph).
fn all_fit(needs: &[ShiftNeed], people: &[Vec<usize>]) -> bool {
    let mut seated: Vec<Vec<usize>> = vec![Vec::new(); needs.len()];
    (0..people.len()).all(|person| seat(person, needs, people, &mut seated, &mut vec![false; needs.len()]))
}

/// Seats one more, and moves others to another seat of theirs where that makes room.
fn seat(person: usize, needs: &[ShiftNeed], people: &[Vec<usize>], seated: &mut [Vec<usize>], tried: &mut [bool]) -> bool {
    for need in people[person].iter().copied() {
        if std::mem::replace(&mut tried[need], true) {
            continue;
        }
        if seated[need].len() < needs[need].seats as usize {
            seated[need].push(person);
            return true;
        }
        for index in 0..seated[need].len() {
            let other = seated[need][index];
            if seat(other, needs, people, seated, tried) {
                seated[need][index] = person;
                return true;
            }
        }
    }
    false
}

/// Whether those who are seated, without some sign-ups, find a seat for all, and one more with them.
pub fn has_room(conn: &mut Conn, node: &Node, shift: &Shift, without: &[Id], more: Option<&Kept>) -> Result<bool> {
    let needs = shift.needs()?;
    let seated = store::of_shift(conn, shift.id, &SignupStatus::SEATED)?;
    let seated: Vec<Signup> = seated.into_iter().filter(|one| !one.as_trainee && !without.contains(&one.id)).collect();
    let wanted = seated.len() + usize::from(more.is_some());
    if wanted > needs.iter().map(|need| need.seats as usize).sum::<usize>() {
        return Ok(false);
    }
    if needs.iter().all(|need| need.skill.is_none()) {
        return Ok(true);
    }
    let mut people = Vec::with_capacity(wanted);
    for signup in &seated {
        people.push(abilities(&needs, &store::volunteer_of(conn, signup)?.kept(&node.vault)?));
    }
    people.extend(more.map(|kept| abilities(&needs, kept)));
    Ok(all_fit(&needs, &people))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn needs(seats: &[u32]) -> Vec<ShiftNeed> {
        seats.iter().map(|seats| ShiftNeed { skill: None, seats: *seats }).collect()
    }

    #[test]
    fn whoever_can_do_more_makes_room_for_whoever_can_do_less() {
        let both = vec![0, 1];
        assert!(all_fit(&needs(&[1, 1]), &[both.clone(), vec![0]]));
        assert!(!all_fit(&needs(&[1, 1]), &[vec![0], vec![0]]));
        assert!(!all_fit(&needs(&[1, 1]), &[both.clone(), vec![0], both.clone()]));
        assert!(all_fit(&needs(&[2, 1]), &[both.clone(), both, vec![0]]));
        assert!(all_fit(&needs(&[1]), &[]));
    }
}
